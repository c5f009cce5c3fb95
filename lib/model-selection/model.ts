import { invalid } from '../base/check.js'
import { Matrix, toShapedTable } from '../base/matrix.js'
import { Estimator } from '../estimators/estimator.js'
import { takesThreads } from '../learning/threads.js'
import type { RowsLike } from './rows.js'

/** What can be validated and searched: every estimator, a pipeline with one, or anything else with these methods. */
export interface ModelLike {
  fit(x: never, y: never, options?: never): Promise<unknown>
  clone(): ModelLike
  getParams(): object
  setParams(params: never): unknown
}

/** The same as it is called. */
export interface CallableModel {
  fit(x: unknown, y: unknown, options: object): Promise<unknown>
  clone(): CallableModel
  getParams(): Record<string, unknown>
  setParams(params: object): unknown
}

const methods = ['fit', 'clone', 'getParams', 'setParams']

/** @throws ArgumentError for what has not all of the methods. */
export function readModel(model: unknown): CallableModel {
  const given = Object(model) as Record<string, unknown>
  if (methods.every((name) => typeof given[name] === 'function')) return model as CallableModel
  throw invalid('estimator', `an estimator, or a pipeline with one (${methods.join(', ')})`, model)
}

/** What predicts: the model, or the last step of a pipeline. */
export function lastStep(model: CallableModel): object {
  const { steps } = model.getParams()
  const last: unknown = Array.isArray(steps) ? steps.at(-1) : undefined
  return Array.isArray(last) ? (last[1] as object) : model
}

/** Whether it tells classes apart. */
export function isClassifier(model: CallableModel): boolean {
  return 'classes' in lastStep(model)
}

/** Options that make a fit take one thread, so that fits can run side by side. */
export function singleThread(model: CallableModel): { threads?: 1 } {
  return takesThreads in lastStep(model) ? { threads: 1 } : {}
}

/** Parameters that give every part its seed that has none: the same fit then learns the same again. */
export function missingSeeds(model: CallableModel, seed: number): Record<string, number> {
  const open = Object.entries(model.getParams()).filter(
    ([key, value]) => value === null && (key === 'seed' || key.endsWith('.seed')),
  )
  return Object.fromEntries(open.map(([key]) => [key, seed]))
}

/** Rows as an estimator reads them, once for all fits: a pipeline, which may want float64 or strings, gets them as they are. */
export function readRowsOnce(model: CallableModel, x: RowsLike): RowsLike {
  if (!(model instanceof Estimator) || !Array.isArray(x)) return x
  const { data, rows, columns } = toShapedTable(x, 'x')
  return new Matrix(data as Float32Array, rows, columns)
}

import type { Work } from '../base/breathing.js'
import { invalid } from '../base/check.js'
import { Matrix, toShapedTableInSteps } from '../base/matrix.js'
import { readsFloats } from '../learning/doubles.js'
import { takesThreads } from '../learning/threads.js'
import { innermost } from '../learning/wrapped.js'
import type { RowsLike } from './rows.js'

/** A model that can be validated and searched: an estimator, a pipeline with one, or any object with these methods. */
export interface ModelLike {
  fit(x: never, y: never, options?: never): Promise<unknown>
  clone(): ModelLike
  getParams(): object
  setParams(params: never): unknown
}

/** A `ModelLike` as this room calls it. */
export interface CallableModel {
  fit(x: unknown, y: unknown, options: object): Promise<unknown>
  clone(): CallableModel
  getParams(): Record<string, unknown>
  setParams(params: object): unknown
}

const methods = ['fit', 'clone', 'getParams', 'setParams']

/** @throws ArgumentError for an object without one of the methods. */
export function readModel(model: unknown): CallableModel {
  const object = Object(model) as Record<string, unknown>
  if (methods.every((name) => typeof object[name] === 'function')) return model as CallableModel
  throw invalid('estimator', `an estimator, or a pipeline with one (${methods.join(', ')})`, model)
}

/** The estimator: the model, the last step of a pipeline, or what a wrapper holds. */
export function lastStep(model: CallableModel): object {
  const { steps } = model.getParams()
  const last: unknown = Array.isArray(steps) ? steps.at(-1) : undefined
  return innermost(Array.isArray(last) ? (last[1] as object) : model)
}

/** Whether a model predicts classes. */
export function isClassifier(model: CallableModel): boolean {
  return 'classes' in lastStep(model)
}

/** Options that make a fit take one thread, so that fits can run side by side. */
export function singleThread(model: CallableModel): { threads?: 1 } {
  return takesThreads in lastStep(model) ? { threads: 1 } : {}
}

/** The parameters `seed` of a model and its steps that are null, set to `seed`, so that the same fit learns the same. */
export function missingSeeds(model: CallableModel, seed: number): Record<string, number> {
  const missing = Object.entries(model.getParams()).filter(
    ([key, value]) => value === null && (key === 'seed' || key.endsWith('.seed')),
  )
  return Object.fromEntries(missing.map(([key]) => [key, seed]))
}

/** Reads rows once for all fits of an estimator. A linear model needs float64, a pipeline strings: they get them as they are. */
export function* readRowsOnce(model: CallableModel, x: RowsLike): Work<RowsLike> {
  const { [readsFloats]: rounds } = model as { [readsFloats]?: boolean }
  if (!rounds || !Array.isArray(x)) return x
  const { data, rows, columns } = yield* toShapedTableInSteps(x, 'x')
  return new Matrix(data as Float32Array, rows, columns)
}

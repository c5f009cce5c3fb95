import { setImmediate } from 'node:timers/promises'
import { mismatch } from '../../base/check.js'
import { MlpError } from '../../base/errors.js'
import { Matrix } from '../../base/matrix.js'
import { hasMethod } from '../../learning/supports.js'
import { argMax } from '../../math/arg-max.js'
import { Sequential } from '../../sequential.js'
import type { Table } from '../../table/table.js'
import type { AnyModel, Subject } from './subject.js'

/** What a model says of rows that it classifies. */
export interface ClassPredictions {
  readonly name: 'classes'
  /** The number of each row's class. */
  readonly labels: Int32Array
  /** (rows, classes) */
  readonly probabilities: Matrix | undefined
  /** Of two classes, where there are no probabilities: a number for each row, higher for the second. */
  readonly decisions: Float64Array | undefined
}

export interface NumberPredictions {
  readonly name: 'numbers'
  readonly values: Float64Array
}

export type Predictions = ClassPredictions | NumberPredictions

/** What of the predictions is needed: where it is scores, labels are those of the highest one. */
export type Need = 'all' | 'scores'

/** @throws errors of the model; the signal's reason. */
export async function predictRows(
  { model, task }: Subject,
  x: Matrix | Table,
  signal: AbortSignal | undefined,
  need: Need = 'all',
): Promise<Predictions> {
  const options = signal ? { signal } : {}
  if (task.name === 'numbers') return { name: 'numbers', values: numbersOf(await model.predict(x, options), x.rows) }
  const { classes } = task
  if (model instanceof Sequential) {
    const output = await model.predict(x as unknown as Matrix, options)
    return fromProbabilities(bothClasses(output, classes.length))
  }
  const scores = await scoresOf(model, x, classes.map(String), options)
  if (need === 'scores' && scores.probabilities) return fromProbabilities(scores.probabilities)
  // Between two calls of the model, whose results are long.
  await setImmediate()
  const places = new Map(classes.map((label, k) => [label, k]))
  const labels = Int32Array.from((await model.predict(x, options)) as ArrayLike<string>, (label) => places.get(label)!)
  return { name: 'classes', labels, ...scores }
}

function fromProbabilities(probabilities: Matrix): ClassPredictions {
  const labels = Int32Array.from({ length: probabilities.rows }, (_, i) => argMax(probabilities.row(i)))
  return { name: 'classes', labels, probabilities, decisions: undefined }
}

async function scoresOf(
  model: AnyModel,
  x: Matrix | Table,
  names: readonly string[],
  options: object,
): Promise<Pick<ClassPredictions, 'probabilities' | 'decisions'>> {
  const none = { probabilities: undefined, decisions: undefined }
  for (const method of ['predictProba', 'decisionFunction'] as const) {
    if (!hasMethod(model, method)) continue
    let output: unknown
    try {
      output = await model[method]!(x, options)
    } catch (error) {
      // Some have probabilities for a few of their losses only. predict tells what else is wrong.
      if (error instanceof MlpError && error.code !== 'ERR_NOT_FITTED') continue
      throw error
    }
    if (method === 'predictProba') return { ...none, probabilities: tableOf(output, names) }
    if (names.length === 2) return { ...none, decisions: numbersOf(output, x.rows) }
  }
  return none
}

/** Probabilities as a table, in the order of the classes. */
function tableOf(output: unknown, names: readonly string[]): Matrix {
  if (output instanceof Matrix) return output
  const rows = output as readonly Readonly<Record<string, number>>[]
  const data = new Float32Array(rows.length * names.length)
  for (const [i, row] of rows.entries()) {
    for (const [k, name] of names.entries()) data[i * names.length + k] = row[name]!
  }
  return new Matrix(data, rows.length, names.length)
}

/** One output is the probability of the second class. */
function bothClasses(output: Matrix, count: number): Matrix {
  if (output.cols === count) return output
  const data = new Float32Array(2 * output.rows)
  for (const [i, p] of output.data.entries()) data.set([1 - p, p], 2 * i)
  return new Matrix(data, output.rows, 2)
}

function numbersOf(output: unknown, rows: number): Float64Array {
  const values = output instanceof Matrix ? output.data : (output as ArrayLike<number>)
  if (values.length !== rows) throw mismatch('the predictions', `${rows} numbers, one for each row`, `${values.length}`)
  return Float64Array.from(values)
}

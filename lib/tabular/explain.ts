import { checkInteger, checkOptions, checkSeed, checkSignal, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { encodeRows, joined } from './encode-rows.js'
import { inSteps } from './in-steps.js'
import type { TabularLearned } from './learned.js'
import type { TableRows } from './read-rows.js'
import type { RowOf } from './schema.js'
import { type ShapleyValues, shapleyValues } from './shapley.js'

/** Options of `explain`. */
export interface ExplainOptions<R extends object> {
  /** Rows to compare with; by default at most 100 rows of fit, which the model keeps. */
  background?: TableRows<RowOf<R>> | undefined
  /**
   * The most outputs that are computed for one row, 32,768 by default. Values are exact if that is enough for all sets of columns; else
   * orders of columns are sampled, at least two for each background row.
   */
  maxEvaluations?: number | undefined
  /** The seed of sampled orders; by default that of the model. */
  seed?: number | undefined
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
}

/** How the columns of a row contribute to what a model predicts for it: Shapley values. */
export interface Explanation<R extends object> {
  /** The mean prediction of the background rows. */
  readonly base: number
  /** The prediction of the row: `base` plus all contributions. */
  readonly output: number
  /** By column, in the order of the schema; columns that the model leaves out are not there. */
  readonly contributions: { readonly [K in keyof R & string]?: number }
  readonly method: 'exact' | 'sampled'
  /** How many outputs were computed. */
  readonly evaluations: number
}

/** Rows that a model keeps to compare with: at most so many, and less than so many numbers. */
const mostBackground = 100
const mostNumbers = 1 << 20

/** Some rows, one of each of equal steps. */
export function backgroundOf(data: Float32Array, width: number, rows: Uint32Array): Matrix {
  const count = Math.min(rows.length, mostBackground, Math.max(1, Math.floor(mostNumbers / width)))
  const background = new Matrix(new Float32Array(count * width), count, width)
  for (const [k, place] of inSteps(rows.length, count).entries()) {
    const row = rows[place]!
    background.row(k).set(data.subarray(row * width, (row + 1) * width))
  }
  return background
}

/** Whether several rows were given, not one. */
export function isRows(value: unknown): boolean {
  return value instanceof Table || (typeof value === 'object' && value !== null && hasIterator(value))
}

function hasIterator(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

const explainKeys = optionKeys<ExplainOptions<object>>({
  ...{ background: true, maxEvaluations: true, seed: true, signal: true },
})

/**
 * Explains rows one after the other.
 * @param predictionOf what is explained, from an output of the ensemble.
 * @param keys further keys of options.
 */
export async function explainRows(
  rows: unknown,
  { encoder, ensemble, plan, background: kept }: TabularLearned<unknown>,
  options: ExplainOptions<object>,
  keys: readonly string[],
  seed: number,
  predictionOf: (output: number) => number,
): Promise<ShapleyValues[]> {
  checkOptions(options, 'explain()', [...explainKeys, ...keys])
  const signal = options.signal === undefined ? undefined : checkSignal(options.signal)
  const most = checkInteger(options.maxEvaluations ?? 1 << 15, 'maxEvaluations', { min: 1 })
  const ownSeed = options.seed === undefined ? seed : checkSeed(options.seed)
  const background =
    options.background === undefined
      ? kept
      : joined((await encodeRows(options.background, encoder, signal)).parts, encoder.width)
  if (background.rows === 0) {
    throw new ArgumentError('Expected at least one row for background, but there are none.')
  }
  const players = plan.columns.map(({ at }, k) => [at, plan.columns[k + 1]?.at ?? plan.width] as const)
  const explained: ShapleyValues[] = []
  for (const part of (await encodeRows(rows, encoder, signal)).parts) {
    for (let i = 0; i < part.rows; i++) {
      const task = { row: part.row(i), background, players, most, seed: ownSeed }
      const evaluate = async (x: Matrix) =>
        Float64Array.from((await ensemble.predict(x, { signal })).data, predictionOf)
      explained.push(await shapleyValues({ ...task, evaluate }))
    }
  }
  return explained
}

/** The values of one output by the names of columns, of which one may be `__proto__`. */
export function explanationOf(
  { plan }: TabularLearned<unknown>,
  { base, output, values, method, evaluations }: ShapleyValues,
  k: number,
): Explanation<Record<string, unknown>> {
  const contributions = Object.fromEntries(plan.columns.map(({ name }, j) => [name, values[j]![k]!]))
  return { base: base[k]!, output: output[k]!, contributions, method, evaluations }
}

import { findInSteps, runNow, type Work } from '../base/breathing.js'
import { checkBoolean, optionKeys } from '../base/check.js'
import { combineOutputs, type RegressionOptions, readTables, type ValuePair, type ValuesLike } from './outputs.js'
import type { RegressionMetric } from './regression.js'
import { warn } from './warnings.js'
import { averageInSteps } from './weights.js'

/** Options of `r2` and `explainedVariance`. */
export interface DeterminationOptions extends Omit<RegressionOptions, 'multioutput'> {
  /** As in other metrics, or a mean weighted by the variance of each column of `yTrue` (`'varianceWeighted'`). */
  multioutput?: RegressionOptions['multioutput'] | 'varianceWeighted'
  /** Whether a constant column scores 1 if it is predicted exactly, else 0, in place of NaN and -Infinity; true by default. */
  forceFinite?: boolean | undefined
}

const determinationKeys = optionKeys<Omit<DeterminationOptions, keyof RegressionOptions>>({ forceFinite: true })

/**
 * The coefficient of determination, R^2 = 1 - sum of (t - y)^2 / sum of (t - mean of t)^2: 1 is perfect, 0 as good as the mean,
 * below 0 worse. NaN with a warning for a single row.
 * @throws ArgumentError for wrong numbers, weights or options.
 * @example
 * metrics.r2([3, -0.5, 2, 7], [2.5, 0, 2, 8]) // 0.949
 */
export const r2 = ((yTrue: ValuesLike, yPred: ValuesLike, options: DeterminationOptions = {}) =>
  explained('r2', yTrue, yPred, options)) as RegressionMetric<DeterminationOptions>

/**
 * The explained share of the variance, 1 - Var(t - y) / Var(t): R^2 that ignores a constant error.
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const explainedVariance = ((yTrue: ValuesLike, yPred: ValuesLike, options: DeterminationOptions = {}) =>
  explained('explainedVariance', yTrue, yPred, options)) as RegressionMetric<DeterminationOptions>

function explained(
  name: 'r2' | 'explainedVariance',
  yTrue: ValuesLike,
  yPred: ValuesLike,
  options: DeterminationOptions,
): number | Float64Array {
  const { columns, rows, weights } = readTables(name, yTrue, yPred, options, determinationKeys)
  const forceFinite = checkBoolean(options.forceFinite ?? true, 'forceFinite')
  if (name === 'r2' && rows < 2) {
    warnOfOneRow()
    const scores = new Float64Array(columns.length).fill(Number.NaN)
    return combineOutputs(scores, options.multioutput, new Float64Array(columns.length))
  }
  const parts = columns.map(({ truth, predicted }: ValuePair) =>
    runNow(spreadOf(name, { rows, truth: (row) => truth[row]!, predicted: (row) => predicted[row]! }, weights)),
  )
  const scores = parts.map((part) => shareOf(part, forceFinite))
  return combineOutputs(
    Float64Array.from(scores),
    options.multioutput,
    Float64Array.from(parts, (part) => part.spread),
  )
}

/** True and predicted numbers by row. */
interface Column {
  readonly rows: number
  readonly truth: (row: number) => number
  readonly predicted: (row: number) => number
}

/** What `r2` needs of a part of the rows. */
export interface R2Part extends Spread {
  readonly rows: number
  /** The sum of weights. */
  readonly weight: number
  /** Of the true numbers. */
  readonly mean: number
}

/** Of numbers that are checked. */
export function* r2PartOf(column: Column, weights: Float64Array | undefined): Work<R2Part> {
  const { rows, truth } = column
  return {
    rows,
    weight: weights ? yield* averageInSteps(rows, weights, () => 1, false) : rows,
    mean: (yield* areEqual(rows, truth)) ? truth(0) : yield* averageInSteps(rows, weights, truth),
    ...(yield* spreadOf('r2', column, weights)),
  }
}

/** `r2` of all rows: the squares about the mean of a part are moved to that of all (Chan, Golub and LeVeque 1983). */
export function r2OfParts(parts: readonly R2Part[]): number {
  if (parts.reduce((sum, { rows }) => sum + rows, 0) < 2) {
    warnOfOneRow()
    return Number.NaN
  }
  const [first] = parts as [R2Part]
  if (parts.length === 1) return shareOf(first, true)
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  const average = (value: (part: R2Part) => number) =>
    parts.reduce((sum, part) => sum + part.weight * value(part), 0) / total
  // An average of equal numbers may have a rounding error.
  const mean = parts.every((part) => part.mean === first.mean) ? first.mean : average((part) => part.mean)
  const spread = average((part) => part.spread + (part.mean - mean) ** 2)
  return shareOf({ errors: average(({ errors }) => errors), spread }, true)
}

function warnOfOneRow(): void {
  warn('UndefinedMetricWarning', 'r2 is not defined for a single row: it is NaN.')
}

/** Means of squares: of the errors, and of the true numbers about their mean. */
interface Spread {
  readonly errors: number
  readonly spread: number
}

function* spreadOf(
  name: 'r2' | 'explainedVariance',
  { rows, truth, predicted }: Column,
  weights: Float64Array | undefined,
): Work<Spread> {
  const error = (row: number) => truth(row) - predicted(row)
  return {
    errors:
      name === 'r2'
        ? yield* averageInSteps(rows, weights, (row) => error(row) ** 2)
        : yield* variance(rows, weights, error),
    spread: yield* variance(rows, weights, truth),
  }
}

function shareOf({ errors, spread }: Spread, forceFinite: boolean): number {
  if (!forceFinite) return 1 - errors / spread
  if (errors === 0) return 1
  return spread === 0 ? 0 : 1 - errors / spread
}

/** The variance: exactly 0 for equal numbers, whose mean may have a rounding error. */
function* variance(rows: number, weights: Float64Array | undefined, value: (row: number) => number): Work<number> {
  if (yield* areEqual(rows, value)) return 0
  const mean = yield* averageInSteps(rows, weights, value)
  return yield* averageInSteps(rows, weights, (row) => (value(row) - mean) ** 2)
}

function* areEqual(rows: number, value: (row: number) => number): Work<boolean> {
  const first = value(0)
  return (yield* findInSteps(rows, (row) => value(row) !== first)) === -1
}

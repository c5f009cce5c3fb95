import { checkNumber, optionKeys } from '../base/check.js'
import { ascendingOrder } from '../math/sort.js'
import {
  combineOutputs,
  type RawValues,
  type RegressionOptions,
  readTables,
  type ValuePair,
  type ValuesLike,
} from './outputs.js'
import { averageOf, totalOf } from './weights.js'

/** A metric of true and predicted numbers: a number, or an array for all columns with `multioutput: 'rawValues'`. */
export interface RegressionMetric<O extends object> {
  (yTrue: ValuesLike, yPred: ValuesLike, options: RawValues<O>): Float64Array
  (yTrue: ValuesLike, yPred: ValuesLike, options?: O): number
}

/**
 * The mean squared error, the mean of (yPred - yTrue)^2.
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const mse = meanMetric('mse', (truth, predicted) => (predicted - truth) ** 2)

/**
 * The root of the mean squared error; for several columns the mean of their roots.
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const rmse = meanMetric('rmse', (truth, predicted) => (predicted - truth) ** 2, Math.sqrt)

/**
 * The mean absolute error, the mean of |yPred - yTrue|.
 * @throws ArgumentError for wrong numbers, weights or options.
 * @example
 * metrics.mae([3, -0.5, 2, 7], [2.5, 0, 2, 8]) // 0.5
 */
export const mae = meanMetric('mae', (truth, predicted) => Math.abs(predicted - truth))

/**
 * The mean absolute percentage error, the mean of |yPred - yTrue| / |yTrue|, as a share: 0.1 is 10 per cent. A true 0 counts as
 * 2.2e-16, as in scikit-learn, which makes the mean huge.
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const mape = meanMetric(
  'mape',
  (truth, predicted) => Math.abs(predicted - truth) / Math.max(Math.abs(truth), Number.EPSILON),
)

/** Options of `pinball`. */
export interface PinballOptions extends RegressionOptions {
  /** The predicted quantile, from 0 to 1; 0.5 by default. */
  alpha?: number | undefined
}

const pinballKeys = optionKeys<Omit<PinballOptions, keyof RegressionOptions>>({ alpha: true })

/**
 * The mean pinball loss of a predicted quantile: alpha (t - y) if the true number t is at least y, else (1 - alpha) (y - t).
 * Koenker and Bassett 1978, Regression quantiles.
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const pinball = ((yTrue: ValuesLike, yPred: ValuesLike, options: PinballOptions = {}) => {
  const { columns, rows, weights } = readTables('pinball', yTrue, yPred, options, pinballKeys)
  const alpha = checkNumber(options.alpha ?? 0.5, 'alpha', { min: 0, max: 1 })
  const scores = columns.map(({ truth, predicted }) =>
    averageOf(rows, weights, (row) => {
      const above = truth[row]! - predicted[row]!
      return above >= 0 ? alpha * above : (alpha - 1) * above
    }),
  )
  return combineOutputs(Float64Array.from(scores), options.multioutput)
}) as RegressionMetric<PinballOptions>

/**
 * The median of |yPred - yTrue|, which is robust to outliers. With weights it is the error below which half of the weight lies;
 * between two errors, their mean (Hyndman and Fan 1996, Sample quantiles in statistical packages, definition 2).
 * @throws ArgumentError for wrong numbers, weights or options.
 */
export const medianAbsoluteError = ((yTrue: ValuesLike, yPred: ValuesLike, options: RegressionOptions = {}) => {
  const { columns, weights } = readTables('medianAbsoluteError', yTrue, yPred, options)
  const scores = columns.map((column) => medianOf(errorsOf(column), weights))
  return combineOutputs(Float64Array.from(scores), options.multioutput)
}) as RegressionMetric<RegressionOptions>

function meanMetric(
  name: string,
  error: (truth: number, predicted: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): RegressionMetric<RegressionOptions> {
  return ((yTrue: ValuesLike, yPred: ValuesLike, options: RegressionOptions = {}) => {
    const { columns, rows, weights } = readTables(name, yTrue, yPred, options)
    const scores = columns.map(({ truth, predicted }) =>
      finish(averageOf(rows, weights, (row) => error(truth[row]!, predicted[row]!))),
    )
    return combineOutputs(Float64Array.from(scores), options.multioutput)
  }) as RegressionMetric<RegressionOptions>
}

function errorsOf({ truth, predicted }: ValuePair): Float64Array {
  return truth.map((value, row) => Math.abs(predicted[row]! - value))
}

function medianOf(errors: Float64Array, weights: Float64Array | undefined): number {
  if (!weights) {
    errors.sort()
    const middle = errors.length >> 1
    return errors.length % 2 ? errors[middle]! : (errors[middle - 1]! + errors[middle]!) / 2
  }
  const half = totalOf(weights, errors.length) / 2
  let below = 0
  let reached: number | undefined
  for (const row of ascendingOrder(errors)) {
    const weight = weights[row]!
    if (weight === 0) continue
    if (reached !== undefined) return (reached + errors[row]!) / 2
    below += weight
    if (below < half) continue
    if (below - half > Number.EPSILON) return errors[row]!
    reached = errors[row]!
  }
  return reached ?? Number.NaN
}

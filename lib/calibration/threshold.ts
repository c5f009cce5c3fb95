import { checkNumber, checkOptions, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeight, type SampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readPositives } from '../metrics/positive.js'
import { readScores, type ScoresLike } from '../metrics/scores.js'
import { countAtThresholds, positiveScores, type Thresholds } from '../metrics/thresholds.js'

/** A function that scores predicted labels, such as those of `metrics`; higher is better. */
export type LabelMetric = (yTrue: Label[], yPred: Label[], options: { sampleWeight?: SampleWeight }) => number

/** Options of `tuneThreshold`: exactly one of `costs`, `precision` and `metric`, and the others. */
export interface TuneThresholdOptions {
  /**
   * The cost of each kind of row, in the layout of a confusion matrix: [[true negative, false positive], [false
   * negative, true positive]]. Gains are negative. Minimizes the sum over all rows.
   */
  costs?: readonly (readonly number[])[] | undefined
  /** The minimum precision, above 0 to 1. Maximizes recall. */
  precision?: number | undefined
  /** The metric to maximize, computed at 100 evenly spaced quantiles of the distinct scores. */
  metric?: LabelMetric | undefined
  /** The label of high scores; 1 or true by default. */
  posLabel?: Label | undefined
  /** The weight of each row, at least 0. */
  sampleWeight?: SampleWeight | undefined
}

/** A threshold, and its results on the rows passed to tuneThreshold. */
export interface TunedThreshold {
  /** Rows of at least this score are positive; Infinity if no row should be positive. */
  threshold: number
  /** The optimum: the sum of the costs, the recall, or the metric. */
  value: number
  /** NaN if no row is predicted positive. */
  precision: number
  /** NaN if no row is positive. */
  recall: number
}

// Upper bound on calls of the metric, each of which takes a pass over the rows.
const maxMetricCalls = 100

/**
 * The best threshold for costs (Elkan 2001, The foundations of cost-sensitive learning), a minimum precision, or any
 * metric. Use rows that the model was not trained with. The highest of equally good thresholds.
 * @param yScore one number per row, or two columns in the order of the labels.
 * @throws ArgumentError for wrong data or options, or a precision that no threshold reaches.
 * @example
 * // To miss one costs as much as 5 false alarms.
 * const { threshold } = calibration.tuneThreshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { costs: [[0, 1], [5, 0]] })
 */
export function tuneThreshold(yTrue: LabelsLike, yScore: ScoresLike, options: TuneThresholdOptions): TunedThreshold {
  const keys = optionKeys<TuneThresholdOptions>({
    costs: true,
    precision: true,
    metric: true,
    posLabel: true,
    sampleWeight: true,
  })
  checkOptions(options, 'tuneThreshold()', keys)
  const goals = (['costs', 'precision', 'metric'] as const).filter((goal) => options[goal] !== undefined)
  if (goals.length !== 1) {
    throw new ArgumentError(`Expected one of costs, precision and metric, but got ${goals.join(' and ') || 'none'}.`)
  }
  const { isPositive, label, column, rows } = readPositives(yTrue, { posLabel: options.posLabel })
  const scores = positiveScores(readScores(yScore, 'yScore', rows), column)
  const weights = readSampleWeight(options.sampleWeight, rows)
  const counts = countAtThresholds(isPositive, scores, weights)
  const { precision } = options
  if (options.costs !== undefined) return byCosts(counts, readCosts(options.costs))
  if (precision !== undefined) return byPrecision(counts, checkNumber(precision, 'precision', { above: 0, max: 1 }))
  const { metric } = options
  if (typeof metric !== 'function') throw invalid('metric', 'a function', metric)
  const truth = Array.from(yTrue as ArrayLike<Label>)
  const other = otherLabel(truth, label)
  const predicted = new Array<Label>(rows)
  const metricOptions = options.sampleWeight === undefined ? {} : { sampleWeight: options.sampleWeight }
  return byMetric(counts, (threshold) => {
    for (let i = 0; i < rows; i++) predicted[i] = scores[i]! >= threshold ? label : other
    const value: unknown = metric(truth, predicted, metricOptions)
    if (typeof value === 'number') return value
    throw invalid('the value of metric', 'a number', value, 'It must be a synchronous function of labels.')
  })
}

function byCosts({ scores, truePositives: t, falsePositives: f }: Thresholds, costs: number[]): TunedThreshold {
  const [trueNegative, falsePositive, falseNegative, truePositive] = costs as [number, number, number, number]
  const [positive, negative] = [t.at(-1)!, f.at(-1)!]
  const costAt = (truePositives: number, falsePositives: number) =>
    (negative - falsePositives) * trueNegative +
    falsePositives * falsePositive +
    (positive - truePositives) * falseNegative +
    truePositives * truePositive
  let [best, value] = [-1, costAt(0, 0)]
  for (let k = 0; k < scores.length; k++) {
    const cost = costAt(t[k]!, f[k]!)
    if (cost < value) [best, value] = [k, cost]
  }
  return result({ scores, truePositives: t, falsePositives: f }, best, value)
}

function byPrecision(counts: Thresholds, minPrecision: number): TunedThreshold {
  const { truePositives: t, falsePositives: f } = counts
  let best = -1
  let highest = 0
  for (let k = 0; k < t.length; k++) {
    const precision = t[k]! / (t[k]! + f[k]!)
    highest = Math.max(highest, precision)
    if (precision >= minPrecision && t[k]! > (best === -1 ? 0 : t[best]!)) best = k
  }
  if (best !== -1) return result(counts, best, t[best]! / t.at(-1)!)
  throw new ArgumentError(
    `Expected a precision that can be reached, but got ${minPrecision}: the highest is ${highest}.`,
  )
}

function byMetric(counts: Thresholds, valueAt: (threshold: number) => number): TunedThreshold {
  const { length } = counts.scores
  const steps = Math.min(length, maxMetricCalls)
  let [best, value] = [-1, -Infinity]
  for (let step = 0; step < steps; step++) {
    const k = steps === 1 ? 0 : Math.round((step * (length - 1)) / (steps - 1))
    const metric = valueAt(counts.scores[k]!)
    if (metric > value) [best, value] = [k, metric]
  }
  if (best !== -1) return result(counts, best, value)
  throw new ArgumentError('Expected a metric that gives a number, but it gives NaN at every threshold.')
}

function result({ scores, truePositives: t, falsePositives: f }: Thresholds, k: number, value: number): TunedThreshold {
  const [truePositive, falsePositive] = k === -1 ? [0, 0] : [t[k]!, f[k]!]
  return {
    threshold: k === -1 ? Infinity : scores[k]!,
    value,
    precision: truePositive / (truePositive + falsePositive),
    recall: truePositive / t.at(-1)!,
  }
}

function readCosts(costs: unknown): number[] {
  const isTable =
    Array.isArray(costs) && costs.length === 2 && costs.every((row) => Array.isArray(row) && row.length === 2)
  if (!isTable) {
    throw invalid('costs', 'two rows of two numbers, such as [[0, 1], [5, 0]]', costs)
  }
  return (costs as unknown[][]).flatMap((row, i) => row.map((cost, j) => checkNumber(cost, `costs[${i}][${j}]`)))
}

/** The label of rows that are not positive. */
function otherLabel(truth: readonly Label[], positive: Label): Label {
  const other = truth.find((label) => label !== positive)
  if (other !== undefined) return other
  throw new ArgumentError('Expected rows of two labels for a metric, but yTrue has only one.')
}

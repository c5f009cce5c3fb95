import { checkNumber, checkOptions, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeight, type SampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readPositives } from '../metrics/positive.js'
import { readScores, type ScoresLike } from '../metrics/scores.js'
import { countAtThresholds, positiveScores, type Thresholds } from '../metrics/thresholds.js'

/** A score of true and predicted labels, such as those of `metrics`; the higher, the better. */
export type LabelMetric = (yTrue: Label[], yPred: Label[], options: { sampleWeight?: SampleWeight }) => number

/** What `tuneThreshold` takes: exactly one of `costs`, `precision` and `metric`, and what follows. */
export interface TuneThresholdOptions {
  /**
   * What each kind of row costs, laid out as a confusion matrix: [[true negative, false positive], [false negative, true
   * positive]]. Gains are negative. The sum over all rows becomes the least.
   */
  costs?: readonly (readonly number[])[] | undefined
  /** The precision to keep at least, above 0 to 1: recall becomes the highest. */
  precision?: number | undefined
  /** What becomes the highest; tried at 100 thresholds, at even shares of the different scores. */
  metric?: LabelMetric | undefined
  /** The label that high scores speak for: 1 or true when missing. */
  posLabel?: Label | undefined
  /** How much each row counts: one number of at least 0 a row. */
  sampleWeight?: SampleWeight | undefined
}

/** A threshold and what it achieves on the rows that it was found with. */
export interface TunedThreshold {
  /** Rows of at least this score are positive; Infinity if none should be. */
  threshold: number
  /** What was asked for: the sum of the costs, the recall, or the metric. */
  value: number
  /** NaN where no row is positive by it. */
  precision: number
  /** NaN where there is no positive row. */
  recall: number
}

// Enough for a curve; each costs a pass over the rows.
const tries = 100

/**
 * The threshold that serves best: for costs (Elkan 2001, The foundations of cost-sensitive learning), a wanted precision, or any metric. Find it
 * with rows that the model was not trained with. Of equal ones it is the highest.
 * @param yScore one number a row, or two columns in the order of the labels.
 * @throws ArgumentError for wrong data or options, or a precision that no threshold reaches.
 * @example
 * // To miss one costs as much as 5 false alarms.
 * const { threshold } = calibration.tuneThreshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { costs: [[0, 1], [5, 0]] })
 */
export function tuneThreshold(yTrue: LabelsLike, yScore: ScoresLike, options: TuneThresholdOptions): TunedThreshold {
  const known = optionKeys<TuneThresholdOptions>({
    costs: true,
    precision: true,
    metric: true,
    posLabel: true,
    sampleWeight: true,
  })
  checkOptions(options, 'tuneThreshold()', known)
  const aims = (['costs', 'precision', 'metric'] as const).filter((aim) => options[aim] !== undefined)
  if (aims.length !== 1) {
    throw new ArgumentError(`Expected one of costs, precision and metric, but got ${aims.join(' and ') || 'none'}.`)
  }
  const { is, label, column, rows } = readPositives(yTrue, { posLabel: options.posLabel })
  const scores = positiveScores(readScores(yScore, 'yScore', rows), column)
  const weights = readSampleWeight(options.sampleWeight, rows)
  const counts = countAtThresholds(is, scores, weights)
  const { precision } = options
  if (options.costs !== undefined) return byCosts(counts, readCosts(options.costs))
  if (precision !== undefined) return byPrecision(counts, checkNumber(precision, 'precision', { above: 0, max: 1 }))
  const { metric } = options
  if (typeof metric !== 'function') throw invalid('metric', 'a function', metric)
  const truth = Array.from(yTrue as ArrayLike<Label>)
  const other = otherLabel(truth, label)
  const predicted = new Array<Label>(rows)
  const weigh = options.sampleWeight === undefined ? {} : { sampleWeight: options.sampleWeight }
  return byMetric(counts, (threshold) => {
    for (let i = 0; i < rows; i++) predicted[i] = scores[i]! >= threshold ? label : other
    const value: unknown = metric(truth, predicted, weigh)
    if (typeof value === 'number') return value
    throw invalid('the value of metric', 'a number', value, 'It has to be a function of labels, and no promise.')
  })
}

function byCosts({ scores, truePositives: t, falsePositives: f }: Thresholds, costs: number[]): TunedThreshold {
  const [trueNegative, falsePositive, falseNegative, truePositive] = costs as [number, number, number, number]
  const [positive, negative] = [t.at(-1)!, f.at(-1)!]
  const costAt = (found: number, wrong: number) =>
    (negative - wrong) * trueNegative +
    wrong * falsePositive +
    (positive - found) * falseNegative +
    found * truePositive
  let [best, value] = [-1, costAt(0, 0)]
  for (let k = 0; k < scores.length; k++) {
    const cost = costAt(t[k]!, f[k]!)
    if (cost < value) [best, value] = [k, cost]
  }
  return result({ scores, truePositives: t, falsePositives: f }, best, value)
}

function byPrecision(counts: Thresholds, wanted: number): TunedThreshold {
  const { truePositives: t, falsePositives: f } = counts
  let best = -1
  let highest = 0
  for (let k = 0; k < t.length; k++) {
    const reached = t[k]! / (t[k]! + f[k]!)
    highest = Math.max(highest, reached)
    if (reached >= wanted && t[k]! > (best === -1 ? 0 : t[best]!)) best = k
  }
  if (best !== -1) return result(counts, best, t[best]! / t.at(-1)!)
  throw new ArgumentError(`Expected a precision that can be reached, but got ${wanted}: the highest is ${highest}.`)
}

function byMetric(counts: Thresholds, valueAt: (threshold: number) => number): TunedThreshold {
  const { length } = counts.scores
  const steps = Math.min(length, tries)
  let [best, value] = [-1, -Infinity]
  for (let step = 0; step < steps; step++) {
    const k = steps === 1 ? 0 : Math.round((step * (length - 1)) / (steps - 1))
    const found = valueAt(counts.scores[k]!)
    if (found > value) [best, value] = [k, found]
  }
  if (best !== -1) return result(counts, best, value)
  throw new ArgumentError('Expected a metric that gives a number, but it gives NaN at every threshold.')
}

function result({ scores, truePositives: t, falsePositives: f }: Thresholds, k: number, value: number): TunedThreshold {
  const [found, wrong] = k === -1 ? [0, 0] : [t[k]!, f[k]!]
  return {
    threshold: k === -1 ? Infinity : scores[k]!,
    value,
    precision: found / (found + wrong),
    recall: found / t.at(-1)!,
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

/** What a row that is not positive is called. */
function otherLabel(truth: readonly Label[], positive: Label): Label {
  const other = truth.find((label) => label !== positive)
  if (other !== undefined) return other
  throw new ArgumentError('Expected rows of two labels for a metric, but yTrue has one alone.')
}

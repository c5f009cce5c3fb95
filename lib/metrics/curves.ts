import { checkBoolean, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions } from './labels.js'
import { readPositives } from './positive.js'
import { readScores, type ScoresLike } from './scores.js'
import { countAtThresholds, positiveScores, type Thresholds } from './thresholds.js'
import { warn } from './warnings.js'
import type { MetricOptions } from './weights.js'

/** Options of curves. */
export interface CurveOptions extends MetricOptions {
  /** The positive label, of high scores; 1 or true by default. With it yTrue may have any number of other labels. */
  posLabel?: Label | undefined
  /** Whether to leave out points on straight lines. */
  dropIntermediate?: boolean | undefined
}

/** A ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** False positives over all negatives. */
  fpr: Float64Array
  /** True positives over all positives. */
  tpr: Float64Array
  /** The least score of rows that count as positive; Infinity first. */
  thresholds: Float64Array
}

/**
 * The rates of false and true positives at every threshold. NaN with a warning if no row is negative, or none positive.
 * Fawcett 2006, An introduction to ROC analysis.
 * @param yScore a number for each row, or two columns in the order of the labels.
 * @param options `dropIntermediate` is true by default.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 */
export function rocCurve(yTrue: LabelsLike, yScore: ScoresLike, options: CurveOptions = {}): RocCurve {
  const keep = (counts: Thresholds, k: number) => isCorner(counts, k)
  const { falsePositives, truePositives, scores } = countCurve('rocCurve', yTrue, yScore, options, true, keep)
  const [negative, positive] = [falsePositives.at(-1)!, truePositives.at(-1)!]
  if (negative === 0) {
    warn(
      'UndefinedMetricWarning',
      'No row of yTrue is negative: the rate of false positives is not defined, and is NaN.',
    )
  }
  if (positive === 0) {
    warn(
      'UndefinedMetricWarning',
      'No row of yTrue is positive: the rate of true positives is not defined, and is NaN.',
    )
  }
  return {
    fpr: withFirst(negative === 0 ? Number.NaN : 0, rates(falsePositives, negative)),
    tpr: withFirst(positive === 0 ? Number.NaN : 0, rates(truePositives, positive)),
    thresholds: withFirst(Infinity, scores),
  }
}

/** A precision-recall curve. Its last point is precision 1 at recall 0, which has no threshold. */
export interface PrecisionRecallCurve {
  precision: Float64Array
  /** Descending. */
  recall: Float64Array
  /** The least score of rows that count as positive, ascending; one fewer than points. */
  thresholds: Float64Array
}

/**
 * Precision and recall at every threshold. If no row is positive, recall is 1, with a warning.
 * Davis and Goadrich 2006, The relationship between precision-recall and ROC curves.
 * @param yScore a number for each row, or two columns in the order of the labels.
 * @param options `dropIntermediate`, false by default, keeps only the first and last point of each recall.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 */
export function precisionRecallCurve(
  yTrue: LabelsLike,
  yScore: ScoresLike,
  options: CurveOptions = {},
): PrecisionRecallCurve {
  const keep = ({ truePositives: t }: Thresholds, k: number) => t[k] !== t[k - 1] || t[k + 1] !== t[k]
  const counts = countCurve('precisionRecallCurve', yTrue, yScore, options, false, keep)
  return toPrecisionRecall(counts)
}

/** Precision and recall from counts. */
export function toPrecisionRecall({ truePositives, falsePositives, scores }: Thresholds): PrecisionRecallCurve {
  const count = scores.length
  const positive = truePositives[count - 1]!
  if (positive === 0) warn('MetricInputWarning', 'No row of yTrue is positive: recall is set to 1 at all thresholds.')
  const [precision, recall] = [new Float64Array(count + 1), new Float64Array(count + 1)]
  for (let k = 0; k < count; k++) {
    const at = count - 1 - k
    precision[k] = truePositives[at]! / (truePositives[at]! + falsePositives[at]!)
    recall[k] = positive === 0 ? 1 : truePositives[at]! / positive
  }
  precision[count] = 1
  return { precision, recall, thresholds: scores.slice().reverse() }
}

/**
 * The area under points by the trapezoidal rule.
 * @param x ascending or descending.
 * @throws ArgumentError for fewer than two points, or an x that is neither ascending nor descending.
 */
export function auc(x: readonly number[] | Float64Array, y: readonly number[] | Float64Array): number {
  const [xs, ys] = [readScores(x, 'x'), readScores(y, 'y')]
  if (xs.rows !== ys.rows) throw mismatch('y', `${xs.rows} numbers, as many as x has`, `${ys.rows}`)
  if (xs.rows < 2) throw mismatch('x', 'at least two points', `${xs.rows}`)
  const area = areaUnder(xs.data, ys.data)
  const [first, last] = [xs.data[0]!, xs.data[xs.rows - 1]!]
  const turns = xs.data.findIndex((value: number, k: number) => k > 0 && (value - xs.data[k - 1]!) * (last - first) < 0)
  const stays = first === last && xs.data.some((value: number) => value !== first)
  if (turns === -1 && !stays) return last < first ? -area : area
  throw new ArgumentError('Expected ascending or descending numbers for x, but they are neither.')
}

/** The area by the trapezoidal rule, from the first point to the last. */
export function areaUnder(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let area = 0
  for (let k = 1; k < x.length; k++) area += ((x[k]! - x[k - 1]!) * (y[k]! + y[k - 1]!)) / 2
  return area
}

/** The counts of a curve; with `dropIntermediate` only its ends and the points that `keep` selects. */
function countCurve(
  name: string,
  yTrue: LabelsLike,
  yScore: ScoresLike,
  options: CurveOptions,
  dropByDefault: boolean,
  keep: (counts: Thresholds, k: number) => boolean,
): Thresholds {
  const keys = optionKeys<CurveOptions>({ sampleWeight: true, posLabel: true, dropIntermediate: true })
  checkMetricOptions(options, name, keys)
  const drop = checkBoolean(options.dropIntermediate ?? dropByDefault, 'dropIntermediate')
  const { isPositive, column, rows } = readPositives(yTrue, { posLabel: options.posLabel, several: true })
  const scores = positiveScores(readScores(yScore, 'yScore', rows), column)
  const counts = countAtThresholds(isPositive, scores, readSampleWeight(options.sampleWeight, rows))
  if (!drop || counts.scores.length < 3) return counts
  const last = counts.scores.length - 1
  const isKept = (_: number, k: number) => k === 0 || k === last || keep(counts, k)
  return {
    scores: counts.scores.filter(isKept),
    truePositives: counts.truePositives.filter(isKept),
    falsePositives: counts.falsePositives.filter(isKept),
  }
}

/** Whether the steps before and after a point differ: equal steps lie on a straight line. */
function isCorner({ truePositives: t, falsePositives: f }: Thresholds, k: number): boolean {
  const bend = (counts: Float64Array) => counts[k + 1]! - counts[k]! - (counts[k]! - counts[k - 1]!)
  return bend(f) !== 0 || bend(t) !== 0
}

function rates(counts: Float64Array, total: number): Float64Array {
  return counts.map((count) => (total === 0 ? Number.NaN : count / total))
}

function withFirst(first: number, rest: Float64Array): Float64Array {
  const all = new Float64Array(rest.length + 1)
  all[0] = first
  all.set(rest, 1)
  return all
}

import { checkNumber, checkOneOf, describe, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { areaUnder, toPrecisionRecall } from './curves.js'
import { checkMetricOptions, readLabelList, readTruth } from './labels.js'
import { readPositives } from './positive.js'
import { checkColumns, findOtherSum } from './probabilities.js'
import { columnOf, readScores, type Scores, type ScoresLike } from './scores.js'
import { countAtThresholds, positiveScores } from './thresholds.js'
import { warn } from './warnings.js'
import { type MetricOptions, meanOf } from './weights.js'

/** Options of `rocAuc` and `averagePrecision`. */
export interface RankingOptions extends MetricOptions {
  /**
   * For more than two labels: the mean over labels, each against the rest (`'macro'`, the default), the mean weighted by their
   * support (`'weighted'`), all rows and labels together (`'micro'`), or an array, a number for each label (`'none'`).
   */
  average?: 'macro' | 'weighted' | 'micro' | 'none' | undefined
  /** All possible labels, in the order of the columns; those of `yTrue`, sorted, by default. */
  labels?: readonly Label[] | undefined
}

/** Options of `rocAuc`. */
export interface RocAucOptions extends RankingOptions {
  /** The greatest rate of false positives, above 0 and up to 1, of a partial area, rescaled to 0.5 for chance; for two labels only. */
  maxFpr?: number | undefined
}

/** Options of `averagePrecision`. */
export interface AveragePrecisionOptions extends RankingOptions {
  /** The positive label of two, of high scores; 1 or true by default. */
  posLabel?: Label | undefined
}

/**
 * The area under the ROC curve: the probability that a positive row has a higher score than a negative one; ties count half.
 * Of two labels the second, sorted, is positive. Of more labels each is compared with the rest; their columns are probabilities
 * that sum to 1. NaN with a warning if yTrue has a single label (or none or all rows have a label that is compared).
 *
 * `maxFpr` rescales by McClish's formula. Fawcett 2006, An introduction to ROC analysis; McClish 1989, Analyzing a
 * portion of the ROC curve.
 * @param yScore for two labels a number for each row (or two columns), else a column for each label.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 * @example
 * metrics.rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.75
 */
export function rocAuc(
  yTrue: LabelsLike,
  yScore: ScoresLike,
  options: RocAucOptions & { average: 'none' },
): number | Float64Array
export function rocAuc(yTrue: LabelsLike, yScore: ScoresLike, options?: RocAucOptions): number
export function rocAuc(yTrue: LabelsLike, yScore: ScoresLike, options: RocAucOptions = {}): number | Float64Array {
  checkMetricOptions(
    options,
    'rocAuc',
    optionKeys<RocAucOptions>({ sampleWeight: true, average: true, labels: true, maxFpr: true }),
  )
  const { maxFpr } = options
  if (maxFpr !== undefined) checkNumber(maxFpr, 'maxFpr', { above: 0, max: 1 })
  const ranked = readRanked(yTrue, yScore, options)
  if (!isTwo(ranked)) {
    if (maxFpr !== undefined && maxFpr !== 1) {
      throw new ArgumentError('Expected no maxFpr for more than two labels.')
    }
    const wrong = findOtherSum(ranked.scores, 1e-5)
    if (wrong !== -1) throw mismatch(`row ${wrong} of yScore`, 'probabilities that sum to 1', 'others')
    return averageLabels(ranked, options.average, (isPositive, scores, weights) => areaOf(isPositive, scores, weights))
  }
  const { isPositive, column } = readPositives(yTrue, { labels: options.labels, fallback: 'last' })
  return areaOf(isPositive, positiveScores(ranked.scores, column), ranked.weights, maxFpr)
}

/**
 * Average precision: the precision at every threshold, weighted by the gain in recall, sum of (R_n - R_n-1) P_n. An area by the
 * trapezoidal rule would be too optimistic. 0 with a warning if no row is positive.
 * Zhu 2004, Recall, precision and average precision.
 * @param yScore for two labels a number for each row (or two columns), else a column for each label.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 */
export function averagePrecision(
  yTrue: LabelsLike,
  yScore: ScoresLike,
  options: AveragePrecisionOptions & { average: 'none' },
): number | Float64Array
export function averagePrecision(yTrue: LabelsLike, yScore: ScoresLike, options?: AveragePrecisionOptions): number
export function averagePrecision(
  yTrue: LabelsLike,
  yScore: ScoresLike,
  options: AveragePrecisionOptions = {},
): number | Float64Array {
  checkMetricOptions(
    options,
    'averagePrecision',
    optionKeys<AveragePrecisionOptions>({ sampleWeight: true, average: true, labels: true, posLabel: true }),
  )
  const ranked = readRanked(yTrue, yScore, options)
  const { posLabel } = options
  if (!isTwo(ranked)) {
    if (posLabel !== undefined) {
      throw new ArgumentError(`Expected no posLabel for more than two labels, but got ${describe(posLabel)}.`)
    }
    return averageLabels(ranked, options.average, precisionOf)
  }
  const { isPositive, column } = readPositives(yTrue, { posLabel, labels: options.labels, fallback: 'one' })
  return precisionOf(isPositive, positiveScores(ranked.scores, column), ranked.weights)
}

interface Ranked {
  readonly labels: readonly Label[]
  readonly truth: Int32Array
  readonly scores: Scores
  readonly weights: Float64Array | undefined
}

function readRanked(yTrue: LabelsLike, yScore: ScoresLike, options: RankingOptions): Ranked {
  const { labels, truth, rows } = readTruth(yTrue, readLabelList(options.labels, 2))
  checkOneOf(options.average ?? 'macro', 'average', ['macro', 'weighted', 'micro', 'none'] as const)
  const scores = readScores(yScore, 'yScore', rows)
  const ranked = { labels, truth, scores, weights: readSampleWeight(options.sampleWeight, rows) }
  if (!isTwo(ranked)) checkColumns(labels, scores.columns, 'yScore')
  return ranked
}

function isTwo({ labels, scores }: Ranked): boolean {
  return labels.length <= 2 && scores.columns <= 2
}

type BinaryMetric = (isPositive: Uint8Array, scores: Float64Array, weights: Float64Array | undefined) => number

/** A metric of each label against the rest, averaged. */
function averageLabels(
  { labels, truth, scores, weights }: Ranked,
  average: RankingOptions['average'] = 'macro',
  metric: BinaryMetric,
): number | Float64Array {
  const count = labels.length
  if (average === 'micro') {
    const isPositive = new Uint8Array(truth.length * count)
    for (let i = 0; i < truth.length; i++) isPositive[i * count + truth[i]!] = 1
    const repeated = weights && Float64Array.from(isPositive, (_, k) => weights[Math.floor(k / count)]!)
    return metric(isPositive, Float64Array.from(scores.data), repeated)
  }
  const isPositive = new Uint8Array(truth.length)
  const support = new Float64Array(count)
  const values = support.map((_, label) => {
    for (let i = 0; i < truth.length; i++) {
      isPositive[i] = Number(truth[i] === label)
      if (isPositive[i]) support[label]! += weights ? weights[i]! : 1
    }
    const value = metric(isPositive, columnOf(scores, label), weights)
    // A label of weight 0 must not make the mean NaN.
    return average === 'weighted' && support[label] === 0 ? 0 : value
  })
  if (average === 'none') return values
  return average === 'weighted' ? meanOf(values, support) : meanOf(values)
}

function areaOf(isPositive: Uint8Array, scores: Float64Array, weights: Float64Array | undefined, maxFpr = 1): number {
  const { truePositives: t, falsePositives: f } = countAtThresholds(isPositive, scores, weights)
  const [positive, negative] = [t.at(-1)!, f.at(-1)!]
  if (positive === 0 || negative === 0) {
    warn('UndefinedMetricWarning', 'yTrue has a single label: the ROC curve is not defined, and its area is NaN.')
    return Number.NaN
  }
  if (maxFpr === 1) return (areaUnder(f, t) + (f[0]! * t[0]!) / 2) / positive / negative
  return partialArea(f, t, maxFpr)
}

/** The area up to a rate of false positives, with an interpolated point at its end, rescaled by McClish's equation. */
function partialArea(f: Float64Array, t: Float64Array, maxFpr: number): number {
  const [positive, negative] = [t.at(-1)!, f.at(-1)!]
  let area = 0
  let [x, y] = [0, 0]
  for (let k = 0; k < f.length; k++) {
    const [nextX, nextY] = [f[k]! / negative, t[k]! / positive]
    if (nextX > maxFpr) {
      const atEnd = y + ((nextY - y) * (maxFpr - x)) / (nextX - x)
      area += ((maxFpr - x) * (y + atEnd)) / 2
      break
    }
    area += ((nextX - x) * (y + nextY)) / 2
    x = nextX
    y = nextY
  }
  const least = maxFpr ** 2 / 2
  return (1 + (area - least) / (maxFpr - least)) / 2
}

function precisionOf(isPositive: Uint8Array, scores: Float64Array, weights: Float64Array | undefined): number {
  const { precision, recall } = toPrecisionRecall(countAtThresholds(isPositive, scores, weights))
  let sum = 0
  for (let k = 0; k + 1 < recall.length; k++) sum += (recall[k]! - recall[k + 1]!) * precision[k]!
  return Math.max(0, sum)
}

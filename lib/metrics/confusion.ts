import { checkOneOf, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, type LabelPair, listed, readLabelList, readPair } from './labels.js'
import { confusionOf } from './tally.js'
import { checkReplacement } from './undefined.js'
import { warn } from './warnings.js'
import type { MetricOptions } from './weights.js'

/** Options of metrics that can be limited to some labels. */
export interface LabelOptions extends MetricOptions {
  /** The labels that count, in the order of the result; all labels, sorted, by default. */
  labels?: readonly Label[] | undefined
}

/** Options of `confusionMatrix`. */
export interface ConfusionMatrixOptions extends LabelOptions {
  /** Divides by the sum of each row (`'true'`), of each column (`'pred'`) or of the table (`'all'`); 0 / 0 becomes 0. */
  normalize?: 'true' | 'pred' | 'all' | undefined
}

/**
 * The confusion matrix: entry (i, j) is the weight of rows with label i and prediction j, in float64. Rows of labels that are not
 * in `labels` do not count.
 * @throws ArgumentError for wrong labels, weights or options, or if no row has one of `labels`.
 * @example
 * metrics.confusionMatrix(['cat', 'dog', 'dog'], ['cat', 'cat', 'dog']) // [[1, 0], [1, 1]]
 */
export function confusionMatrix(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: ConfusionMatrixOptions = {},
): number[][] {
  checkMetricOptions(
    options,
    'confusionMatrix',
    optionKeys<ConfusionMatrixOptions>({ sampleWeight: true, labels: true, normalize: true }),
  )
  const { normalize } = options
  if (normalize !== undefined) checkOneOf(normalize, 'normalize', ['true', 'pred', 'all'] as const)
  const pair = readSelected(yTrue, yPred, options)
  const count = pair.labels.length
  if (count === 1) {
    const hint = 'Pass all possible labels as `labels` for a table of the usual shape.'
    warn('MetricInputWarning', `yTrue and yPred have a single label. ${hint}`)
  }
  const table = confusionOf(pair)
  const rows = Array.from({ length: count }, (_, i) => Array.from(table.subarray(i * count, (i + 1) * count)))
  if (normalize === undefined) return rows
  const { rowSums, columnSums, total } = marginals(table, count)
  const divisor = (i: number, j: number) =>
    normalize === 'true' ? rowSums[i]! : normalize === 'pred' ? columnSums[j]! : total
  return rows.map((row, i) => row.map((value, j) => (divisor(i, j) === 0 ? 0 : value / divisor(i, j))))
}

/** Options of `cohenKappa`. */
export interface CohenKappaOptions extends LabelOptions {
  /** The distance of labels i and j: |i - j| or (i - j)^2; by default all pairs of labels have the same distance. */
  weights?: 'linear' | 'quadratic' | undefined
  /** The result if kappa is not defined: NaN (the default) or a number from -1 to 1. A warning comes in either case. */
  replaceUndefinedBy?: number | undefined
}

/**
 * Cohen's kappa, the agreement of two raters beyond chance: 1 - (sum of w_ij n_ij) / (sum of w_ij r_i c_j / n), with n_ij the confusion
 * matrix, r_i and c_j its sums and w_ij the distances. 1 is agreement, 0 agreement by chance. Not defined, and NaN with a
 * warning, if both have the same single label.
 * Cohen 1960, A coefficient of agreement for nominal scales; with distances Cohen 1968, Weighted kappa.
 * @throws ArgumentError for wrong labels, weights or options, or if no row of y1 has one of `labels`.
 */
export function cohenKappa(y1: LabelsLike, y2: LabelsLike, options: CohenKappaOptions = {}): number {
  checkMetricOptions(
    options,
    'cohenKappa',
    optionKeys<CohenKappaOptions>({ sampleWeight: true, labels: true, weights: true, replaceUndefinedBy: true }),
  )
  const { weights, replaceUndefinedBy = Number.NaN } = options
  if (weights !== undefined) checkOneOf(weights, 'weights', ['linear', 'quadratic'] as const)
  const replacement = checkReplacement(replaceUndefinedBy, 'replaceUndefinedBy', { min: -1, max: 1 })
  const pair = readSelected(y1, y2, options)
  const count = pair.labels.length
  const table = confusionOf(pair)
  const { rowSums, columnSums, total } = marginals(table, count)
  let [observed, expected] = [0, 0]
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const distance = weights === undefined ? Number(i !== j) : weights === 'linear' ? Math.abs(i - j) : (i - j) ** 2
      observed += distance * table[i * count + j]!
      expected += (distance * rowSums[i]! * columnSums[j]!) / total
    }
  }
  if (expected > 0) return 1 - observed / expected
  const reason = total === 0 ? 'no row has one of labels in y1 and y2' : 'y1 and y2 have the same single label'
  warn('UndefinedMetricWarning', `cohenKappa is not defined, since ${reason}: it is set to ${replacement}.`)
  return replacement
}

function readSelected(yTrue: LabelsLike, yPred: LabelsLike, { labels, sampleWeight }: LabelOptions): LabelPair {
  const list = readLabelList(labels)
  const pair = readPair(yTrue, yPred, sampleWeight, list)
  if (!list || pair.truth.some((k) => k >= 0)) return pair
  throw new ArgumentError(`Expected labels that rows have, but none of yTrue is one of ${listed(list)}.`)
}

function marginals(table: Float64Array, count: number) {
  const [rowSums, columnSums] = [new Float64Array(count), new Float64Array(count)]
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      rowSums[i]! += table[i * count + j]!
      columnSums[j]! += table[i * count + j]!
    }
  }
  return { rowSums, columnSums, total: rowSums.reduce((sum, value) => sum + value, 0) }
}

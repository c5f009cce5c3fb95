import { checkOneOf, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, type LabelPair, listed, readLabelList, readPair } from './labels.js'
import { confusionOf } from './tally.js'
import { checkReplacement } from './undefined.js'
import { warn } from './warnings.js'
import type { MetricOptions } from './weights.js'

/** What metrics take that look at chosen labels. */
export interface LabelOptions extends MetricOptions {
  /** The labels that count, in the order of the result; all there are, sorted, when missing. */
  labels?: readonly Label[] | undefined
}

/** What `confusionMatrix` takes. */
export interface ConfusionMatrixOptions extends LabelOptions {
  /** Divides by the sum of each row (`'true'`), of each column (`'pred'`) or of all; 0 / 0 becomes 0. */
  normalize?: 'true' | 'pred' | 'all' | undefined
}

/**
 * How often label j was predicted for rows of label i, by weight: a row of the table a true label, a column a predicted
 * one, in float64. Rows of labels that were not asked for are left out.
 * @throws ArgumentError for wrong labels, weights or options, or `labels` that no row has.
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
  const pair = readChosen(yTrue, yPred, options)
  const count = pair.labels.length
  if (count === 1) {
    const hint = 'Give all that there can be as labels for a table of the usual shape.'
    warn('MetricInputWarning', `yTrue and yPred have one label alone. ${hint}`)
  }
  const table = confusionOf(pair)
  const rows = Array.from({ length: count }, (_, i) => Array.from(table.subarray(i * count, (i + 1) * count)))
  if (normalize === undefined) return rows
  const { own, other } = marginals(table, count)
  const all = own.reduce((sum, value) => sum + value, 0)
  const divisor = (i: number, j: number) => (normalize === 'true' ? own[i]! : normalize === 'pred' ? other[j]! : all)
  return rows.map((row, i) => row.map((value, j) => (divisor(i, j) === 0 ? 0 : value / divisor(i, j))))
}

/** What `cohenKappa` takes. */
export interface CohenKappaOptions extends LabelOptions {
  /** How far labels are apart, by their places i and j: |i - j| or (i - j)^2; else all are the same distance apart. */
  weights?: 'linear' | 'quadratic' | undefined
  /** What stands for a kappa that is not defined: NaN (the default) or a number from -1 to 1. It warns all the same. */
  replaceUndefinedBy?: number | undefined
}

/**
 * Cohen's kappa, the agreement of two raters beyond chance: 1 - (sum of w_ij n_ij) / (sum of w_ij r_i c_j / n), with n_ij the confusion
 * matrix, r_i and c_j its sums and w_ij the distances. 1 is agreement, 0 what chance achieves. Not defined, and NaN with a
 * warning, where both have the same label alone.
 * Cohen 1960, A coefficient of agreement for nominal scales; with distances Cohen 1968, Weighted kappa.
 * @throws ArgumentError for wrong labels, weights or options, or `labels` that no row of y1 has.
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
  const pair = readChosen(y1, y2, options)
  const count = pair.labels.length
  const table = confusionOf(pair)
  const { own, other } = marginals(table, count)
  const all = own.reduce((sum, value) => sum + value, 0)
  let [observed, expected] = [0, 0]
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const apart = weights === undefined ? Number(i !== j) : weights === 'linear' ? Math.abs(i - j) : (i - j) ** 2
      observed += apart * table[i * count + j]!
      expected += (apart * own[i]! * other[j]!) / all
    }
  }
  if (expected > 0) return 1 - observed / expected
  const why = all === 0 ? 'no row has one of labels in y1 and y2' : 'y1 and y2 have one label alone, the same'
  warn('UndefinedMetricWarning', `cohenKappa is not defined, since ${why}: it is set to ${replacement}.`)
  return replacement
}

function readChosen(yTrue: LabelsLike, yPred: LabelsLike, { labels, sampleWeight }: LabelOptions): LabelPair {
  const asked = readLabelList(labels)
  const pair = readPair(yTrue, yPred, sampleWeight, asked)
  if (!asked || pair.truth.some((k) => k >= 0)) return pair
  throw new ArgumentError(`Expected labels that rows have, but none of yTrue is one of ${listed(asked)}.`)
}

function marginals(table: Float64Array, count: number): { own: Float64Array; other: Float64Array } {
  const [own, other] = [new Float64Array(count), new Float64Array(count)]
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      own[i]! += table[i * count + j]!
      other[j]! += table[i * count + j]!
    }
  }
  return { own, other }
}

import { checkBoolean, optionKeys } from '../base/check.js'
import type { LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, readPair } from './labels.js'
import { tally } from './tally.js'
import { warn } from './warnings.js'
import { averageOf, type MetricOptions, meanOf, type ShareOptions } from './weights.js'

/**
 * The share of rows with the right prediction; with `normalize: false` their number, or the sum of their weights.
 * @throws ArgumentError for wrong labels, weights or options.
 * @example
 * metrics.accuracy(['cat', 'dog', 'dog'], ['cat', 'cat', 'dog']) // 0.667
 */
export function accuracy(yTrue: LabelsLike, yPred: LabelsLike, options: ShareOptions = {}): number {
  checkMetricOptions(options, 'accuracy', optionKeys<ShareOptions>({ sampleWeight: true, normalize: true }))
  const normalize = checkBoolean(options.normalize ?? true, 'normalize')
  const { truth, predicted, rows, weights } = readPair(yTrue, yPred, options.sampleWeight)
  return averageOf(rows, weights, (row) => (truth[row] === predicted[row] ? 1 : 0), normalize)
}

/** Options of `balancedAccuracy`. */
export interface BalancedAccuracyOptions extends MetricOptions {
  /** Whether to rescale the score so that guessing is 0 and perfect predictions are 1; false by default. */
  adjusted?: boolean | undefined
}

/**
 * The mean of the recalls of all labels in `yTrue`: rare labels count as much as frequent ones. Warns of predicted labels that
 * `yTrue` does not have, which do not count.
 *
 * With `adjusted` it is (b - 1 / n) / (1 - 1 / n) for n labels: NaN for a single label.
 * @throws ArgumentError for wrong labels, weights or options.
 */
export function balancedAccuracy(yTrue: LabelsLike, yPred: LabelsLike, options: BalancedAccuracyOptions = {}): number {
  checkMetricOptions(
    options,
    'balancedAccuracy',
    optionKeys<BalancedAccuracyOptions>({ sampleWeight: true, adjusted: true }),
  )
  const adjusted = checkBoolean(options.adjusted ?? false, 'adjusted')
  const { hits, truth } = tally(readPair(yTrue, yPred, options.sampleWeight))
  const recalls = [...hits].map((sum, k) => sum / truth[k]!).filter((recall) => !Number.isNaN(recall))
  if (recalls.length < hits.length) {
    warn('MetricInputWarning', 'yPred has labels that yTrue does not have: they do not count.')
  }
  const score = meanOf(recalls)
  if (adjusted && recalls.length === 1) {
    warn('UndefinedMetricWarning', 'yTrue has a single label: the adjusted score is not defined, and is NaN.')
  }
  return adjusted ? (score - 1 / recalls.length) / (1 - 1 / recalls.length) : score
}

/**
 * Matthews' correlation coefficient: 1 for perfect predictions, 0 for guessing, -1 for the opposite of two labels. For more labels
 * it is Gorodkin's R_K: with c the weight of right predictions, s that of all rows, t_k and p_k that of label k in yTrue and
 * yPred, (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)). 0 if yTrue or yPred has a single label.
 * Matthews 1975, Comparison of the predicted and observed secondary structure of T4 phage lysozyme; Gorodkin 2004, Comparing
 * two K-category assignments by a K-category correlation coefficient.
 * @throws ArgumentError for wrong labels, weights or options.
 */
export function matthewsCorrcoef(yTrue: LabelsLike, yPred: LabelsLike, options: MetricOptions = {}): number {
  checkMetricOptions(options, 'matthewsCorrcoef', optionKeys<MetricOptions>({ sampleWeight: true }))
  const { hits, truth, predicted } = tally(readPair(yTrue, yPred, options.sampleWeight))
  let [right, all, both, trueSquares, predictedSquares] = [0, 0, 0, 0, 0]
  for (let k = 0; k < hits.length; k++) {
    right += hits[k]!
    all += truth[k]!
    both += truth[k]! * predicted[k]!
    trueSquares += truth[k]! ** 2
    predictedSquares += predicted[k]! ** 2
  }
  const spread = (all ** 2 - predictedSquares) * (all ** 2 - trueSquares)
  // With a single label the difference is a rounding error.
  const single = hits.length < 2 || isSingle(truth) || isSingle(predicted)
  return single || spread === 0 ? 0 : (right * all - both) / Math.sqrt(spread)
}

function isSingle(sums: Float64Array): boolean {
  return sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0) < 2
}

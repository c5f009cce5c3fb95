import { checkBoolean, invalid, optionKeys } from '../base/check.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, readTruth } from './labels.js'
import { readPositives } from './positive.js'
import { readPredicted, readProbabilities } from './probabilities.js'
import type { ScoresLike } from './scores.js'
import { averageOf, type MetricOptions, type ShareOptions } from './weights.js'

/** What `logLoss` takes. */
export interface LogLossOptions extends ShareOptions {
  /** All labels that there can be, in the order of the columns; those of `yTrue`, sorted, when missing. */
  labels?: readonly Label[] | undefined
}

/**
 * The mean of -log p, with p the probability that was given to a row's own label. Probabilities are kept within the rounding error of
 * their type from 0 and 1 (1.2e-7 for float32, as every Matrix has, and 2.2e-16 otherwise), as scikit-learn's are. Warns
 * where the rows do not add up to 1. Bishop 2006, Pattern recognition and machine learning, equations 4.90 and 4.108.
 * @param yProba one column a label, or for two labels the probability of the second.
 * @throws ArgumentError for wrong labels, probabilities, weights or options, or a `yTrue` of one label without `labels`.
 * @example
 * metrics.logLoss(['no', 'yes'], [0.1, 0.8]) // 0.164
 */
export function logLoss(yTrue: LabelsLike, yProba: ScoresLike, options: LogLossOptions = {}): number {
  checkMetricOptions(
    options,
    'logLoss',
    optionKeys<LogLossOptions>({ sampleWeight: true, normalize: true, labels: true }),
  )
  const normalize = checkBoolean(options.normalize ?? true, 'normalize')
  const { truth, rows, at, epsilon, weights } = readPredicted(yTrue, yProba, options.labels, options.sampleWeight)
  const loss = (row: number) => -Math.log(Math.min(Math.max(at(row, truth[row]!), epsilon), 1 - epsilon))
  return averageOf(rows, weights, loss, normalize)
}

/** What `brier` takes. */
export interface BrierOptions extends MetricOptions {
  /** All labels that there can be, in the order of the columns; those of `yTrue`, sorted, when missing. */
  labels?: readonly Label[] | undefined
  /** The label that a single column is the probability of; 1, true, or the larger of two numbers when missing. */
  posLabel?: Label | undefined
  /** Whether to halve it, so that the worst is 1 rather than 2: `'auto'`, the default, does for two labels. */
  scaleByHalf?: boolean | 'auto' | undefined
}

/**
 * Brier's score: the mean of the sum over labels of (p_k - y_k)^2, y_k being 1 for a row's own label and 0 for the others; for two
 * labels half of it, (p - y)^2. Warns where rows of several columns do not add up to 1.
 * Brier 1950, Verification of forecasts expressed in terms of probability.
 * @param yProba one column a label, or for two labels the probability of `posLabel`.
 * @throws ArgumentError for wrong labels, probabilities, weights or options.
 */
export function brier(yTrue: LabelsLike, yProba: ScoresLike, options: BrierOptions = {}): number {
  checkMetricOptions(
    options,
    'brier',
    optionKeys<BrierOptions>({ sampleWeight: true, labels: true, posLabel: true, scaleByHalf: true }),
  )
  const { scaleByHalf = 'auto', sampleWeight } = options
  if (scaleByHalf !== 'auto') checkBoolean(scaleByHalf, 'scaleByHalf')
  const { rows, labels: present } = readTruth(yTrue)
  const scores = readProbabilities(yProba, rows)
  if (scores.columns === 1 && present.length <= 2) {
    const { is } = readPositives(yTrue, { posLabel: options.posLabel, labels: options.labels, otherwise: 'larger' })
    const weights = readSampleWeight(sampleWeight, rows)
    const half = scaleByHalf === false ? 2 : 1
    return half * averageOf(rows, weights, (row) => (scores.data[row]! - is[row]!) ** 2)
  }
  if (options.posLabel !== undefined) {
    throw invalid('posLabel', 'nothing where yProba has a column a label', options.posLabel)
  }
  const { truth, at, labels, weights } = readPredicted(yTrue, yProba, options.labels, sampleWeight)
  const count = labels.length
  const half = scaleByHalf === true || (scaleByHalf === 'auto' && count < 3) ? 0.5 : 1
  const squares = (row: number) => {
    let sum = 0
    for (let k = 0; k < count; k++) sum += (at(row, k) - (truth[row] === k ? 1 : 0)) ** 2
    return sum
  }
  return half * averageOf(rows, weights, squares)
}

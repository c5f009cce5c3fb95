import { checkBoolean, describe, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, readTruth } from './labels.js'
import { readPositives } from './positive.js'
import { readPredicted, readProbabilities } from './probabilities.js'
import type { ScoresLike } from './scores.js'
import { averageOf, type MetricOptions, type ShareOptions } from './weights.js'

/** Options of `logLoss`. */
export interface LogLossOptions extends ShareOptions {
  /** All possible labels, in the order of the columns; those of `yTrue`, sorted, by default. */
  labels?: readonly Label[] | undefined
}

/**
 * The mean of -log p, with p the predicted probability of a row's label. Probabilities are clipped to within the precision of their
 * type from 0 and 1 (1.2e-7 for float32, the type of a Matrix, and 2.2e-16 for float64), as in scikit-learn. Warns of rows that
 * do not sum to 1. Bishop 2006, Pattern recognition and machine learning, equations 4.90 and 4.108.
 * @param yProba a column for each label, or for two labels the probability of the second.
 * @throws ArgumentError for wrong labels, probabilities, weights or options, or a `yTrue` of a single label without `labels`.
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

/** Options of `brier`. */
export interface BrierOptions extends MetricOptions {
  /** All possible labels, in the order of the columns; those of `yTrue`, sorted, by default. */
  labels?: readonly Label[] | undefined
  /** The label that a single column belongs to; 1, true, or the larger of two numbers by default. */
  posLabel?: Label | undefined
  /** Whether to halve the score, so that the worst is 1 in place of 2; `'auto'`, the default, does so for two labels. */
  scaleByHalf?: boolean | 'auto' | undefined
}

/**
 * The Brier score: the mean over rows of the sum over labels of (p_k - y_k)^2, where y_k is 1 for the row's label and 0 for
 * others; for two labels half of it, (p - y)^2. Warns of rows of several columns that do not sum to 1.
 * Brier 1950, Verification of forecasts expressed in terms of probability.
 * @param yProba a column for each label, or for two labels the probability of `posLabel`.
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
    const { isPositive } = readPositives(yTrue, {
      posLabel: options.posLabel,
      labels: options.labels,
      fallback: 'larger',
    })
    const weights = readSampleWeight(sampleWeight, rows)
    const half = scaleByHalf === false ? 2 : 1
    return half * averageOf(rows, weights, (row) => (scores.data[row]! - isPositive[row]!) ** 2)
  }
  if (options.posLabel !== undefined) {
    throw new ArgumentError(
      `Expected no posLabel, since yProba has a column for each label, but got ${describe(options.posLabel)}.`,
    )
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

import { checkInteger, checkOneOf, mismatch, optionKeys } from '../base/check.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { percentileShare, quantileOf } from '../math/percentiles.js'
import { lowerBound } from '../math/search.js'
import { checkMetricOptions } from './labels.js'
import { readPositives } from './positive.js'
import { readProbabilities } from './probabilities.js'
import type { ScoresLike } from './scores.js'
import { positiveScores } from './thresholds.js'
import type { MetricOptions } from './weights.js'

/** Options of `calibrationCurve`. */
export interface CalibrationCurveOptions extends MetricOptions {
  /** The label that the probabilities belong to; 1 or true by default. */
  posLabel?: Label | undefined
  /** The number of bins; 5 by default. Empty bins are not in the result. */
  nBins?: number | undefined
  /** Bins of equal width (`'uniform'`, the default), or of equal numbers of rows (`'quantile'`, which ignores weights). */
  strategy?: 'uniform' | 'quantile' | undefined
}

/** A reliability diagram: an entry for each bin with rows. */
export interface CalibrationCurve {
  /** The share of positive rows in each bin. */
  probTrue: Float64Array
  /** The mean of the probabilities in each bin; equal to `probTrue` for calibrated probabilities. */
  probPred: Float64Array
}

/**
 * The share of positive rows by predicted probability. A row on the edge of two bins belongs to the lower one.
 * With weights, shares and means are weighted; scikit-learn's function takes none.
 * Niculescu-Mizil and Caruana 2005, Predicting good probabilities with supervised learning.
 * @param yProb the probability of the positive label, or two columns in the order of the labels.
 * @throws ArgumentError for wrong labels, probabilities, weights or options.
 */
export function calibrationCurve(
  yTrue: LabelsLike,
  yProb: ScoresLike,
  options: CalibrationCurveOptions = {},
): CalibrationCurve {
  checkMetricOptions(
    options,
    'calibrationCurve',
    optionKeys<CalibrationCurveOptions>({ sampleWeight: true, posLabel: true, nBins: true, strategy: true }),
  )
  const count = checkInteger(options.nBins ?? 5, 'nBins', { min: 1 })
  const strategy = checkOneOf(options.strategy ?? 'uniform', 'strategy', ['uniform', 'quantile'] as const)
  const { isPositive, column, rows } = readPositives(yTrue, { posLabel: options.posLabel })
  const scores = readProbabilities(yProb, rows, 'yProb')
  if (scores.columns > 2) throw mismatch('yProb', 'one or two columns', `${scores.columns}`)
  const probabilities = positiveScores(scores, column)
  const weights = readSampleWeight(options.sampleWeight, rows)
  const edges = strategy === 'uniform' ? uniform(count) : quantiles(probabilities, count)
  const [totals, positive, sums] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  for (let i = 0; i < rows; i++) {
    const weight = weights ? weights[i]! : 1
    const bin = lowerBound(edges, probabilities[i]!)
    totals[bin]! += weight
    sums[bin]! += weight * probabilities[i]!
    if (isPositive[i]) positive[bin]! += weight
  }
  const isFilled = (_: number, bin: number) => totals[bin]! > 0
  return {
    probTrue: positive.map((sum, bin) => sum / totals[bin]!).filter(isFilled),
    probPred: sums.map((sum, bin) => sum / totals[bin]!).filter(isFilled),
  }
}

/** The inner edges of bins of equal width. */
function uniform(count: number): Float64Array {
  return Float64Array.from({ length: count - 1 }, (_, k) => (k + 1) * (1 / count))
}

/** The inner edges of bins of equal numbers of values. */
function quantiles(values: Float64Array, count: number): Float64Array {
  const sorted = values.slice().sort()
  return uniform(count).map((share) => quantileOf(sorted, percentileShare(share)))
}

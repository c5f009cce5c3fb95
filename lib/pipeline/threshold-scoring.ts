import { checkOneOf, invalid, keysOf } from '../base/check.js'
import type { SampleWeight } from '../base/sample-weight.js'
import type { LabelMetric } from '../calibration/index.js'
import type { Label } from '../learning/labels.js'
import type { Parameter } from '../learning/parameters.js'
import * as metrics from '../metrics/index.js'
import { fromFile } from './response.js'

interface Options {
  readonly sampleWeight?: SampleWeight
  readonly posLabel: Label
}

/** The scores of predicted labels by name, as crossValidate has them; those of one label are of the positive one. */
const labelScores = {
  accuracy: (truth: Label[], predicted: Label[], { posLabel: _, ...rest }: Options) =>
    metrics.accuracy(truth, predicted, rest),
  balancedAccuracy: (truth: Label[], predicted: Label[], { posLabel: _, ...rest }: Options) =>
    metrics.balancedAccuracy(truth, predicted, rest),
  matthewsCorrcoef: (truth: Label[], predicted: Label[], { posLabel: _, ...rest }: Options) =>
    metrics.matthewsCorrcoef(truth, predicted, rest),
  f1: ofPositive(metrics.f1),
  f1Macro: averaged(metrics.f1, 'macro'),
  f1Weighted: averaged(metrics.f1, 'weighted'),
  precision: ofPositive(metrics.precision),
  precisionMacro: averaged(metrics.precision, 'macro'),
  recall: ofPositive(metrics.recall),
  recallMacro: averaged(metrics.recall, 'macro'),
} satisfies Record<ThresholdScoring, unknown>

/** The names of scores that a threshold can be tuned for. */
export type ThresholdScoring =
  | 'accuracy'
  | 'balancedAccuracy'
  | 'matthewsCorrcoef'
  | 'f1'
  | 'f1Macro'
  | 'f1Weighted'
  | 'precision'
  | 'precisionMacro'
  | 'recall'
  | 'recallMacro'

/** The parameter scoring: in a file only if it is a name. */
export const thresholdScoringParameter: Parameter<ThresholdScoring | LabelMetric | null> = {
  default: 'balancedAccuracy',
  description: 'The score that the threshold maximizes, on the rows that the classifier was not trained with.',
  takes: `one of ${keysOf(labelScores).join(', ')}, a function of true and predicted labels, or null, with which fit fails`,
  read(value, name) {
    if (value === null || typeof value === 'function') return value as LabelMetric | null
    return checkOneOf(value, name, keysOf(labelScores), thresholdScoringParameter.takes)
  },
}

/**
 * The function that scores predicted labels.
 * @param posLabel the positive label.
 * @throws ArgumentError for null.
 */
export function scorerFor(
  scoring: ThresholdScoring | LabelMetric | null,
  posLabel: Label,
): (truth: Label[], predicted: Label[], sampleWeight: Float64Array | undefined) => number {
  if (scoring === null) throw invalid('scoring', 'a name or a function', scoring, fromFile('scoring'))
  return (truth, predicted, sampleWeight) => {
    const weighted = sampleWeight ? { sampleWeight } : {}
    if (typeof scoring === 'function') return scoring(truth, predicted, weighted)
    return labelScores[scoring](truth, predicted, { ...weighted, posLabel })
  }
}

type Metric = (
  yTrue: Label[],
  yPred: Label[],
  options: { sampleWeight?: SampleWeight; posLabel?: Label; average?: 'macro' | 'weighted'; zeroDivision: number },
) => number

// A threshold at the end of the range predicts one label alone: that is no reason for a warning.
function ofPositive(metric: Metric) {
  return (truth: Label[], predicted: Label[], options: Options) =>
    metric(truth, predicted, { ...options, zeroDivision: 0 })
}

function averaged(metric: Metric, average: 'macro' | 'weighted') {
  return (truth: Label[], predicted: Label[], { posLabel: _, ...rest }: Options) =>
    metric(truth, predicted, { ...rest, average, zeroDivision: 0 })
}

import { runBreathing } from '../base/breathing.js'
import { checkInteger, checkOptions, invalid, mismatch } from '../base/check.js'
import { isNumberArray } from '../base/matrix.js'
import { readInSteps, untilSettled } from '../base/unchanged.js'
import type { LabelMetric } from '../calibration/index.js'
import {
  bestOf,
  checkVaries,
  evenlySpaced,
  meanCurve,
  rangeOf,
  scoreThresholds,
  type ThresholdCurve,
} from '../calibration/threshold-curve.js'
import type { Label } from '../learning/labels.js'
import type { Parameter } from '../learning/parameters.js'
import { type CrossFitJob, type CrossFitOptions, crossFit, crossFitKeys } from '../model-selection/cross-fit.js'
import type { CrossValidation } from '../model-selection/cv.js'
import { readModel, readRowsOnce } from '../model-selection/model.js'
import { type RowsLike, takingRows } from '../model-selection/rows.js'
import { StratifiedShuffleSplit } from '../model-selection/shuffle-split.js'
import { checkClasses, cvParameter, type ResponseMethod, readClassSplits, readTruth, respond } from './response.js'
import { signalOf } from './run.js'
import type { EstimatorLike } from './steps.js'
import { scorerFor, type ThresholdScoring } from './threshold-scoring.js'
import { positiveScores, readDecision } from './threshold-wrapper.js'

/** The parameter cv of TunedThresholdClassifier, which takes also the share of a single split. */
export const thresholdCvParameter: Parameter<CrossValidation | null> = {
  ...cvParameter,
  takes: `a share of rows above 0 and below 1, ${cvParameter.takes}`,
  description: `${cvParameter.description.slice(0, -1)}; a share of rows is the test of a single random split.`,
  read(value, name) {
    if (typeof value === 'number' && value > 0 && value < 1) return value
    return cvParameter.read(value, name)
  },
}

/** The parameter thresholds: how many, or which, in ascending order. */
export const thresholdsParameter: Parameter<number | readonly number[], number | readonly number[] | Float64Array> = {
  default: 100,
  description:
    'The number of thresholds to try, evenly spaced between the lowest and the highest score, or the thresholds.',
  takes: 'an integer of at least 2, or an array of finite numbers',
  read(value, name) {
    if (typeof value === 'number') return checkInteger(value, name, { min: 2 })
    const list = Array.isArray(value) || isNumberArray(value) ? Array.from(value as ArrayLike<number>) : []
    if (list.length === 0 || !list.every(Number.isFinite)) throw invalid(name, thresholdsParameter.takes, value)
    return Object.freeze(list.sort((a, b) => a - b))
  },
}

interface Settings {
  readonly estimator: EstimatorLike
  readonly scoring: ThresholdScoring | LabelMetric | null
  readonly thresholds: number | readonly number[]
  readonly cv: CrossValidation | null
  readonly refit: boolean
  readonly posLabel: Label | null
  readonly responseMethod: 'auto' | ResponseMethod
  readonly seed: number
}

/**
 * Finds the threshold with the best mean score on splits, and fits a classifier to all rows.
 * @throws ArgumentError for wrong data, options or splits; the error of a fit; the signal's reason.
 */
export async function tuneOnSplits(settings: Settings, x: unknown, y: unknown, options: CrossFitOptions) {
  checkOptions(options, 'fit() of TunedThresholdClassifier', crossFitKeys)
  const { thresholds, refit, seed } = settings
  const signal = signalOf(options)
  const { labels, classes, weights } = await readTruth(x, y, options.sampleWeight, signal)
  const decision = readDecision(settings.estimator, classes, settings)
  const positive = classes[decision.positive]!
  const negative = classes[1 - decision.positive]!
  const score = scorerFor(settings.scoring, positive)
  const model = readModel(settings.estimator)
  const rows = await readInSteps(readRowsOnce(model, x as RowsLike), [['x', x]], untilSettled, signal)
  // A share has no meaning for other models: it is the test of one split.
  const { cv } = settings
  const isShare = typeof cv === 'number' && cv < 1
  const splitter = isShare ? new StratifiedShuffleSplit({ nSplits: 1, testSize: cv, seed }) : cv
  const splits = await readInSteps(
    readClassSplits(splitter, model, rows, labels, options.groups),
    [['groups', options.groups]],
    untilSettled,
    signal,
  )
  if (!refit && splits.length > 1) throw mismatch('refit', 'true for several splits', 'false', 'Pass a share as cv.')
  const curves: ThresholdCurve[] = []
  let estimator: EstimatorLike | undefined
  const jobs: CrossFitJob[] = splits.map((split, k) => ({
    split,
    use: async (fitted, test, signal) => {
      checkClasses(fitted, classes)
      const scores = await respond(fitted, decision.response, test!.x, { signal })
      const values = await runBreathing(positiveScores(scores, decision), signal)
      const truth = await runBreathing(takingRows(labels, split.test), signal)
      const ownWeights = weights && (await runBreathing(takingRows(weights, split.test), signal))
      const tried =
        typeof thresholds === 'number' ? evenlySpaced(...rangeOf(values), thresholds) : Float64Array.from(thresholds)
      const compare = (predicted: Label[]) => score(truth, predicted, ownWeights)
      curves[k] = await scoreThresholds(values, [negative, positive], tried, compare, signal)
      if (!refit) estimator = fitted as unknown as EstimatorLike
    },
  }))
  const whole: CrossFitJob = {
    split: undefined,
    use: async (fitted) => {
      estimator = fitted as unknown as EstimatorLike
    },
  }
  await crossFit({ model, x: rows, y: y as RowsLike, seed, options }, refit ? [...jobs, whole] : jobs)
  if (typeof thresholds === 'number') checkVaries(curves)
  const all = rangeOf(curves.flatMap((curve) => rangeOf(curve.thresholds)))
  const curve = meanCurve(
    curves,
    typeof thresholds === 'number' ? evenlySpaced(...all, thresholds) : Float64Array.from(thresholds),
  )
  return { estimator: estimator!, classes, curve, ...bestOf(curve) }
}

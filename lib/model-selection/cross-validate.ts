import { checkBoolean, checkOptions, optionKeys } from '../base/check.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { readTrainScore, type SplitScore } from './evaluation.js'
import type { ModelLike } from './model.js'
import type { RowsLike } from './rows.js'
import type { PerScore, Scoring } from './scoring.js'
import type { Split } from './splits.js'
import {
  numbersOf,
  prepareInSteps,
  runAll,
  type ValidationOptions,
  type ValidationStopReason,
  validationKeys,
} from './validation.js'

/** What `crossValidate` takes. */
export interface CrossValidateOptions<S extends Scoring | undefined = Scoring | undefined>
  extends Omit<ValidationOptions, 'scoring'> {
  /** The score or scores; by default the estimator's (accuracy, R²). */
  scoring?: S | undefined
  /** Whether to score the training rows as well; false by default. */
  returnTrainScore?: boolean | undefined
  /** Whether to return the fitted estimators; false by default. */
  returnEstimators?: boolean | undefined
}

/** The result of `crossValidate`: one number for each split. With several scores, scores, means and deviations are by name. */
export interface CrossValidationResult<E, S = undefined> {
  stopReason: ValidationStopReason
  testScores: PerScore<S, Float64Array>
  trainScores?: PerScore<S, Float64Array>
  /** Seconds. */
  fitTimes: Float64Array
  scoreTimes: Float64Array
  /** Mean and standard deviation of `testScores`, over the splits that were fitted; NaN if there are none. */
  mean: PerScore<S, number>
  std: PerScore<S, number>
  /** Undefined for a fit that failed or was not done. */
  estimators?: (E | undefined)[]
  /** The row numbers of each split. */
  splits: Split[]
}

/**
 * Fits clones of an estimator on parts of the rows and scores them on the other rows, side by side on all cores.
 * @param x Matrix, Table or array of rows. Parts are copied in steps, between turns of the event loop (those of a Table at
 * once), and kept until the end.
 * @throws ArgumentError for wrong data or options; the signal's reason; the error of a fit if all fail.
 * @example
 * const { x, y } = datasets.digits().train
 * const estimator = new MLPClassifier({ hiddenLayerSizes: [20], maxIter: 5, seed: 1 })
 * const { mean } = await modelSelection.crossValidate(estimator, x, y, { cv: 3 })
 * const several = await modelSelection.crossValidate(estimator, x, y, { cv: 3, scoring: ['accuracy', 'negLogLoss'] })
 * console.log(mean, several.mean.negLogLoss)
 */
export async function crossValidate<E extends ModelLike, const S extends Scoring | undefined = undefined>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: CrossValidateOptions<S> = {},
): Promise<CrossValidationResult<E, S>> {
  checkOptions(options, 'crossValidate()', [
    ...validationKeys,
    ...optionKeys<Omit<CrossValidateOptions, keyof ValidationOptions>>({
      returnTrainScore: true,
      returnEstimators: true,
    }),
  ])
  const keep = checkBoolean(options.returnEstimators ?? false, 'returnEstimators')
  const withTrain = readTrainScore(options.returnTrainScore)
  const evaluation = await prepareInSteps(estimator, x, y, options, withTrain)
  const { splits } = evaluation.spec
  const jobs = splits.map((_, split) => ({ params: {}, split }))
  const { scores, stopReason } = await runAll(evaluation, jobs, options, keep)
  const list = (value: (score: SplitScore) => number) => numbersOf(scores, value)
  const perScore = <V>(value: (at: number) => V) => {
    const { names } = evaluation.spec.scorers
    return (names ? Object.fromEntries(names.map((name, at) => [name, value(at)])) : value(0)) as PerScore<S, V>
  }
  const done = (at: number) => scores.flatMap((score) => (score ? [score.scores[at]!] : []))
  return {
    stopReason,
    testScores: perScore((at) => list(({ scores }) => scores[at]!)),
    ...(withTrain && { trainScores: perScore((at) => list(({ trainScores }) => trainScores![at]!)) }),
    fitTimes: list(({ fitTime }) => fitTime),
    scoreTimes: list(({ scoreTime }) => scoreTime),
    mean: perScore((at) => meanOf(done(at))),
    std: perScore((at) => deviationOf(done(at))),
    ...(keep && { estimators: scores.map((score) => score?.model as E | undefined) }),
    splits: [...splits],
  }
}

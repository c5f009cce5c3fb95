import { checkBoolean, checkOptions } from '../base/check.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { readTrainScore, type SplitScore } from './evaluation.js'
import type { ModelLike } from './model.js'
import type { RowsLike } from './rows.js'
import type { Split } from './splits.js'
import {
  numbersOf,
  prepare,
  runAll,
  type ValidationOptions,
  type ValidationStopReason,
  validationKeys,
} from './validation.js'

/** What `crossValidate` takes. */
export interface CrossValidateOptions extends ValidationOptions {
  /** Whether training rows are scored as well. */
  returnTrainScore?: boolean | undefined
  /** Whether the fitted estimators are returned. */
  returnEstimators?: boolean | undefined
}

/** What `crossValidate` gives: one number a split. */
export interface CrossValidationResult<E> {
  stopReason: ValidationStopReason
  testScores: Float64Array
  trainScores?: Float64Array
  /** Seconds. */
  fitTimes: Float64Array
  scoreTimes: Float64Array
  /** Of `testScores`: of those of splits that were fitted, NaN where there are none. */
  mean: number
  std: number
  /** Undefined for a fit that failed, or was not done. */
  estimators?: (E | undefined)[]
  /** The numbers of the rows of each split. */
  splits: Split[]
}

/**
 * Fits clones of an estimator on parts of the rows and scores them on the rest, side by side on all cores.
 * @param x Matrix, Table or array of rows. Copies of the parts are made in steps, between turns of the event loop (of a Table at
 * once), and kept until the end.
 * @throws ArgumentError for wrong data or options; the signal's reason; the error of a fit where all fail.
 * @example
 * const { x, y } = datasets.digits().train
 * const estimator = new MLPClassifier({ hiddenLayerSizes: [20], maxIter: 5, seed: 1 })
 * const { mean } = await modelSelection.crossValidate(estimator, x, y, { cv: 3 })
 */
export async function crossValidate<E extends ModelLike>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: CrossValidateOptions = {},
): Promise<CrossValidationResult<E>> {
  checkOptions(options, 'crossValidate()', [...validationKeys, 'returnTrainScore', 'returnEstimators'])
  const keep = checkBoolean(options.returnEstimators ?? false, 'returnEstimators')
  const withTrain = readTrainScore(options.returnTrainScore)
  const evaluation = prepare(estimator, x, y, options, withTrain)
  const { splits } = evaluation.spec
  const jobs = splits.map((_, split) => ({ params: {}, split }))
  const { scores, stopReason } = await runAll(evaluation, jobs, options, keep)
  const list = (value: (score: SplitScore) => number) => numbersOf(scores, value)
  const fitted = scores.flatMap((one) => (one ? [one.score] : []))
  return {
    stopReason,
    testScores: list(({ score }) => score),
    ...(withTrain && { trainScores: list(({ trainScore }) => trainScore!) }),
    fitTimes: list(({ fitTime }) => fitTime),
    scoreTimes: list(({ scoreTime }) => scoreTime),
    mean: meanOf(fitted),
    std: deviationOf(fitted),
    ...(keep && { estimators: scores.map((one) => one?.model as E | undefined) }),
    splits: [...splits],
  }
}

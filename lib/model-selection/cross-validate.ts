import { checkBoolean, checkOptions, optionKeys } from '../base/check.js'
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
  /** Whether to score the training rows as well; false by default. */
  returnTrainScore?: boolean | undefined
  /** Whether to return the fitted estimators; false by default. */
  returnEstimators?: boolean | undefined
}

/** The result of `crossValidate`: one number for each split. */
export interface CrossValidationResult<E> {
  stopReason: ValidationStopReason
  testScores: Float64Array
  trainScores?: Float64Array
  /** Seconds. */
  fitTimes: Float64Array
  scoreTimes: Float64Array
  /** Mean and standard deviation of `testScores`, over the splits that were fitted; NaN if there are none. */
  mean: number
  std: number
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
 */
export async function crossValidate<E extends ModelLike>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: CrossValidateOptions = {},
): Promise<CrossValidationResult<E>> {
  checkOptions(options, 'crossValidate()', [
    ...validationKeys,
    ...optionKeys<Omit<CrossValidateOptions, keyof ValidationOptions>>({
      returnTrainScore: true,
      returnEstimators: true,
    }),
  ])
  const keep = checkBoolean(options.returnEstimators ?? false, 'returnEstimators')
  const withTrain = readTrainScore(options.returnTrainScore)
  const evaluation = prepare(estimator, x, y, options, withTrain)
  const { splits } = evaluation.spec
  const jobs = splits.map((_, split) => ({ params: {}, split }))
  const { scores, stopReason } = await runAll(evaluation, jobs, options, keep)
  const list = (value: (score: SplitScore) => number) => numbersOf(scores, value)
  const testScores = scores.flatMap((score) => (score ? [score.score] : []))
  return {
    stopReason,
    testScores: list(({ score }) => score),
    ...(withTrain && { trainScores: list(({ trainScore }) => trainScore!) }),
    fitTimes: list(({ fitTime }) => fitTime),
    scoreTimes: list(({ scoreTime }) => scoreTime),
    mean: meanOf(testScores),
    std: deviationOf(testScores),
    ...(keep && { estimators: scores.map((score) => score?.model as E | undefined) }),
    splits: [...splits],
  }
}

import { runBreathing } from '../base/breathing.js'
import { checkBoolean, checkNumber, checkOptions, checkString, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { deviationOf, meanOf, smallestOf } from '../math/statistics.js'
import type { SplitScore } from './evaluation.js'
import type { ModelLike } from './model.js'
import { type RowsLike, shuffled } from './rows.js'
import {
  type AllScores,
  type FitJob,
  numbersOf,
  prepareInSteps,
  runAll,
  type ValidationOptions,
  type ValidationStopReason,
  validationKeys,
} from './validation.js'

/** Scores along a curve: for each point one number a split, with their mean and standard deviation. */
export interface CurveScores {
  stopReason: ValidationStopReason
  trainScores: Float64Array[]
  testScores: Float64Array[]
  trainMean: Float64Array
  trainStd: Float64Array
  testMean: Float64Array
  testStd: Float64Array
  /** Seconds, the mean over splits. */
  fitTimes: Float64Array
}

/** What `learningCurve` takes. */
export interface LearningCurveOptions extends ValidationOptions {
  /** Numbers of training rows; or shares of them, if all are at most 1. 0.1, 0.325, 0.55, 0.775 and 1 by default. */
  trainSizes?: readonly number[] | undefined
  /** Whether to take training rows in random order; false by default: the first rows of each split. */
  shuffle?: boolean | undefined
}

/** The result of `learningCurve`. */
export interface LearningCurve extends CurveScores {
  /** Numbers of training rows, ascending, without repeats. */
  trainSizes: Uint32Array
}

/** What `validationCurve` takes. */
export interface ValidationCurveOptions extends ValidationOptions {
  /** The name of the parameter; `step.parameter` in a pipeline. */
  param: string
  /** Its values. */
  values: readonly unknown[]
}

/**
 * Scores by the number of training rows, which show whether more rows would help. scikit-learn's learning_curve.
 * @throws ArgumentError for wrong data or options; the signal's reason; the error of a fit if all fail.
 * @example
 * const { x, y } = datasets.digits().train
 * const estimator = new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 3, seed: 1 })
 * const curve = await modelSelection.learningCurve(estimator, x, y, { trainSizes: [0.2, 1], cv: 2, shuffle: true })
 * console.log(curve.trainSizes, curve.testMean)
 */
export async function learningCurve<E extends ModelLike>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: LearningCurveOptions = {},
): Promise<LearningCurve> {
  checkOptions(options, 'learningCurve()', [
    ...validationKeys,
    ...optionKeys<Omit<LearningCurveOptions, keyof ValidationOptions>>({ trainSizes: true, shuffle: true }),
  ])
  const { trainSizes, shuffle = false, ...rest } = options
  checkBoolean(shuffle, 'shuffle')
  checkSingleScore(rest.scoring)
  const evaluation = await prepareInSteps(estimator, x, y, rest, true)
  const { splits, seed } = evaluation.spec
  const most = smallestOf(splits.map(({ train }) => train.length))
  const sizes = readTrainSizes(trainSizes, most)
  const orders = splits.map(({ train }) => train)
  if (shuffle) {
    for (const [split, { train }] of splits.entries()) {
      orders[split] = await runBreathing(shuffled(train, seed, split), rest.signal)
    }
  }
  const jobs = Array.from(sizes).flatMap((size) =>
    splits.map((_, split): FitJob => {
      return { params: {}, split, subset: { rows: orders[split]!.slice(0, size), key: `${size}` } }
    }),
  )
  return { trainSizes: sizes, ...curveOf(await runAll(evaluation, jobs, rest), splits.length) }
}

/**
 * Scores by the value of one parameter, which show where the estimator underfits or overfits. scikit-learn's
 * validation_curve.
 * @throws ArgumentError for wrong data or options; the signal's reason; the error of a fit if all fail.
 * @example
 * const { x, y } = datasets.digits().train
 * const estimator = new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 3, seed: 1 })
 * const curve = await modelSelection.validationCurve(estimator, x, y, { param: 'alpha', values: [1e-4, 1], cv: 2 })
 * console.log(curve.trainMean, curve.testMean)
 */
export async function validationCurve<E extends ModelLike>(
  estimator: E,
  x: RowsLike,
  y: RowsLike,
  options: ValidationCurveOptions,
): Promise<CurveScores> {
  checkOptions(options, 'validationCurve()', [
    ...validationKeys,
    ...optionKeys<Omit<ValidationCurveOptions, keyof ValidationOptions>>({ param: true, values: true }),
  ])
  const { param, values, ...rest } = options
  checkString(param, 'param')
  if (!Array.isArray(values) || values.length === 0) throw invalid('values', 'an array of at least one value', values)
  checkSingleScore(rest.scoring)
  const evaluation = await prepareInSteps(estimator, x, y, rest, true)
  const { splits, model } = evaluation.spec
  checkOptions({ [param]: values }, 'param', Object.keys(model.getParams()))
  const jobs = values.flatMap((value: unknown) =>
    splits.map((_, split): FitJob => ({ params: { [param]: value }, split })),
  )
  return curveOf(await runAll(evaluation, jobs, rest), splits.length)
}

/** @throws ArgumentError for several scores: a curve has one. */
function checkSingleScore(scoring: unknown): void {
  if (scoring === null || typeof scoring !== 'object') return
  throw invalid('scoring', 'one score for a curve', scoring, 'Call it once for each score.')
}

function curveOf({ scores, stopReason }: AllScores, splits: number): CurveScores {
  const points = Array.from({ length: scores.length / splits }, (_, k) => scores.slice(k * splits, (k + 1) * splits))
  const list = (value: (score: SplitScore) => number) => points.map((point) => numbersOf(point, value))
  // Over the splits that were fitted; the score of a failed fit may be NaN.
  const over = (reduce: (values: number[]) => number, value: (score: SplitScore) => number) =>
    Float64Array.from(points, (point) => reduce(point.flatMap((score) => (score ? [value(score)] : []))))
  const train = ({ trainScore }: SplitScore) => trainScore!
  const test = ({ score }: SplitScore) => score
  return {
    stopReason,
    trainScores: list(train),
    testScores: list(test),
    trainMean: over(meanOf, train),
    trainStd: over(deviationOf, train),
    testMean: over(meanOf, test),
    testStd: over(deviationOf, test),
    fitTimes: over(meanOf, ({ fitTime }) => fitTime),
  }
}

/** Numbers of rows, ascending, without repeats. Sizes are shares if all are at most 1. */
function readTrainSizes(trainSizes: unknown = [0.1, 0.325, 0.55, 0.775, 1], most: number): Uint32Array {
  if (!Array.isArray(trainSizes) || trainSizes.length === 0) {
    throw invalid('trainSizes', 'an array of at least one number', trainSizes)
  }
  const numbers = trainSizes.map((size, k) => checkNumber(size, `trainSizes[${k}]`, { above: 0, max: most }))
  const shares = numbers.every((size) => size <= 1)
  const fraction = numbers.find((size) => !shares && !Number.isInteger(size))
  if (fraction !== undefined) {
    throw new ArgumentError(
      `Expected numbers of rows or shares of at most 1 for trainSizes, but got ${fraction} with others.`,
    )
  }
  const sizes = numbers.map((size) => (shares ? Math.max(1, Math.floor(size * most)) : size))
  return Uint32Array.from(new Set(sizes)).sort()
}

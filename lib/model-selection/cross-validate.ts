import { checkBoolean, checkOptions, invalid, optionKeys } from '../base/check.js'
import { Stopping } from '../base/stopping.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { type CrossValidation, readSplits } from './cv.js'
import {
  type ErrorScore,
  Evaluation,
  readErrorScore,
  readTrainScore,
  type SplitScore,
  type Subset,
  warnOfFailure,
} from './evaluation.js'
import { type ModelLike, readModel, readRowsOnce } from './model.js'
import { checkRowCount, countRows, type RowsLike } from './rows.js'
import { readScoring, type Scorer, type ScoringFunction, type ScoringName } from './scoring.js'
import { readThreads, sideBySide } from './side-by-side.js'
import { readSeed, type Split } from './splits.js'

/** How far a run is: fits done, of all. */
export interface FitProgress {
  done: number
  total: number
}

/** What everything that fits on splits takes. */
export interface ValidationOptions {
  /** How rows are split: 5 folds by default, stratified for classifiers. */
  cv?: CrossValidation | undefined
  /** The score; the estimator's own (accuracy, R^2) when missing. */
  scoring?: ScoringName | ScoringFunction | undefined
  /** The group of each row, for splitters that keep groups together. */
  groups?: RowsLike | undefined
  /** How much each row counts in training; scores are not weighted. */
  sampleWeight?: RowsLike | undefined
  /** The score of a fit that fails, with a warning: NaN by default; `'raise'` throws. */
  errorScore?: ErrorScore | undefined
  /** How many fits run side by side, each on one thread; one more than there are cores by default, so that none waits while fits are prepared and scored. It changes no score. */
  threads?: number | undefined
  /** The seed of estimators that have none; drawn when missing. */
  seed?: number | undefined
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
  /** Seconds after which no more is fitted, and what runs ends. Infinity, the default, is no limit. */
  timeLimit?: number | undefined
  /** Called, and awaited, after each fit; what it throws ends the run. */
  onProgress?: ((progress: FitProgress) => unknown) | undefined
}

/** What `crossValidate` takes. */
export interface CrossValidateOptions extends ValidationOptions {
  /** Whether training rows are scored as well. */
  returnTrainScore?: boolean | undefined
  /** Whether the fitted estimators are returned. */
  returnEstimators?: boolean | undefined
}

/** Whether all was fitted, or the time was over: then scores and times of what was not are NaN. */
export type ValidationStopReason = 'done' | 'timeLimit'

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

export const validationKeys = optionKeys<ValidationOptions>({
  cv: true,
  scoring: true,
  groups: true,
  sampleWeight: true,
  errorScore: true,
  threads: true,
  seed: true,
  signal: true,
  timeLimit: true,
  onProgress: true,
})

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

/** Checks all that validation takes, before anything is fitted. */
export function prepare(
  estimator: unknown,
  x: RowsLike,
  y: RowsLike,
  options: Omit<ValidationOptions, 'signal'>,
  returnTrainScore: boolean,
  own?: Scorer,
): Evaluation {
  const model = readModel(estimator)
  const rows = countRows(x, 'x')
  checkRowCount(y, 'y', rows)
  const { sampleWeight, groups, onProgress } = options
  if (sampleWeight !== undefined) checkRowCount(sampleWeight, 'sampleWeight', rows)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('onProgress', 'a function', onProgress)
  const scorer = own ?? readScoring(options.scoring, model)
  const errorScore = readErrorScore(options.errorScore)
  const threads = readThreads(options.threads)
  const seed = readSeed(options.seed)
  const splits = readSplits(options.cv, model, x, y, groups)
  const kept = Math.max(16, 2 * threads)
  const read = readRowsOnce(model, x)
  return new Evaluation({ model, x: read, y, splits, sampleWeight, scorer, errorScore, returnTrainScore, seed, kept })
}

/** A fit of a run that is given up as a whole when the signal ends it. */
export interface FitJob {
  params: object
  split: number
  subset?: Subset
}

/** What came of the jobs, in their order. */
export interface AllScores {
  /** Undefined for those that the time did not suffice for. */
  readonly scores: readonly (SplitScore | undefined)[]
  readonly stopReason: ValidationStopReason
}

/**
 * Runs all jobs, or as many as there is time for.
 * @throws ArgumentError for a wrong signal or limit; the signal's reason; the error of the first fit where all failed.
 */
export async function runAll(
  evaluation: Evaluation,
  jobs: readonly FitJob[],
  options: Pick<ValidationOptions, 'signal' | 'timeLimit' | 'onProgress' | 'threads'>,
  keepModels = false,
): Promise<AllScores> {
  const { signal, onProgress, threads } = options
  const stopping = new Stopping(options)
  const scores = new Array<SplitScore | undefined>(jobs.length).fill(undefined)
  let done = 0
  const work = jobs.map(({ params, split, subset }, k) => async () => {
    const score = await evaluation.run(params, split, stopping.signal, subset)
    if (!score) return
    scores[k] = keepModels ? score : { ...score, model: undefined }
    if (score.error) warnOfFailure(`The fit on split ${split}`, score.score, score.error)
    done++
    await onProgress?.({ done, total: jobs.length })
  })
  try {
    await sideBySide(work, readThreads(threads), stopping)
    signal?.throwIfAborted()
  } finally {
    stopping.end()
  }
  const failed = scores.filter((one) => one?.error !== undefined)
  if (failed.length === jobs.length) throw failed[0]!.error
  return { scores, stopReason: done < jobs.length ? 'timeLimit' : 'done' }
}

/** A number of each fit, NaN of those that were not done. */
export function numbersOf(
  scores: readonly (SplitScore | undefined)[],
  value: (score: SplitScore) => number,
): Float64Array {
  return Float64Array.from(scores, (one) => (one ? value(one) : Number.NaN))
}

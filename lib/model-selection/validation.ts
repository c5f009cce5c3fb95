import { invalid } from '../base/check.js'
import { Stopping } from '../base/stopping.js'
import { type CrossValidation, readSplits } from './cv.js'
import {
  type ErrorScore,
  Evaluation,
  readErrorScore,
  type SplitScore,
  type Subset,
  warnOfFailure,
} from './evaluation.js'
import { readModel, readRowsOnce } from './model.js'
import { checkRowCount, countRows, type RowsLike } from './rows.js'
import { readScoring, type Scorer, type ScoringFunction, type ScoringName } from './scoring.js'
import { readThreads, sideBySide } from './side-by-side.js'
import { readSeed } from './splits.js'

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

/** Whether all was fitted, or the time was over: then scores and times of what was not are NaN. */
export type ValidationStopReason = 'done' | 'timeLimit'

/** The keys of `ValidationOptions`. */
export const validationKeys = [
  ...['cv', 'scoring', 'groups', 'sampleWeight', 'errorScore', 'threads', 'seed', 'signal', 'timeLimit', 'onProgress'],
]

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

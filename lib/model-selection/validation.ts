import type { Work } from '../base/breathing.js'
import { checkSignal, invalid, optionKeys } from '../base/check.js'
import { Stopping } from '../base/stopping.js'
import { readInSteps, type Source, untilSettled } from '../base/unchanged.js'
import { type QueueOptions, readQueue } from '../jobs/options.js'
import { type CrossValidation, readSplits } from './cv.js'
import {
  type ErrorScore,
  Evaluation,
  type FitRunner,
  readErrorScore,
  type SplitScore,
  type Subset,
  warnOfFailure,
} from './evaluation.js'
import { readModel, readRowsOnce } from './model.js'
import { runnerFor } from './queued-fits.js'
import { checkRowCount, countRows, type RowsLike } from './rows.js'
import {
  noScorers,
  readScorers,
  type Scorers,
  type Scoring,
  type ScoringFunction,
  type ScoringName,
} from './scoring.js'
import { readConcurrency, sideBySide } from './side-by-side.js'
import { readSeed } from './splits.js'

/** The fits that are done, and the number of all fits. */
export interface FitProgress {
  done: number
  total: number
}

/** The options of all functions that fit on splits. */
export interface ValidationOptions {
  /** How to split the rows: 5 folds by default, stratified for classifiers. */
  cv?: CrossValidation | undefined
  /** The score; by default that of the estimator (accuracy, R²). */
  scoring?: ScoringName | ScoringFunction | undefined
  /** The group of each row, for splitters that keep groups together. */
  groups?: RowsLike | undefined
  /** The weight of each row in training; scores are not weighted. */
  sampleWeight?: RowsLike | undefined
  /** The score of a fit that fails, with a warning: NaN by default; `'raise'` throws. */
  errorScore?: ErrorScore | undefined
  /**
   * The number of fits that run side by side, each on one thread. By default one more than there are cores, so that no core
   * idles while fits are prepared and scored. It changes no score.
   */
  concurrency?: number | undefined
  /**
   * A queue of BullMQ (Redis or Valkey): fits run in the processes of `npx perceptra worker`, on this machine or others, and give
   * the same scores. `concurrency` is then the number of fits in the queue at once, 1,000 by default.
   */
  queue?: QueueOptions | undefined
  /** The seed of estimators that have none; random by default. */
  seed?: number | undefined
  /** Aborting it rejects the promise with its reason. */
  signal?: AbortSignal | undefined
  /** Seconds after which no fit starts and running fits end. Infinity by default: no limit. */
  timeLimit?: number | undefined
  /** Called and awaited after each fit. If it throws, the run ends and the promise rejects. */
  onProgress?: ((progress: FitProgress) => unknown) | undefined
}

/** Whether all fits were done, or the time limit ended the run; then scores and times of the other fits are NaN. */
export type ValidationStopReason = 'done' | 'timeLimit'

export const validationKeys = optionKeys<ValidationOptions>({
  cv: true,
  scoring: true,
  groups: true,
  sampleWeight: true,
  errorScore: true,
  concurrency: true,
  queue: true,
  seed: true,
  signal: true,
  timeLimit: true,
  onProgress: true,
})

/** The options that decide what is fitted. */
interface PrepareOptions extends Omit<ValidationOptions, 'scoring'> {
  scoring?: Scoring | undefined
  /** Called for the rows of a test in place of scores. */
  method?: string | undefined
}

/**
 * Checks all arguments of a validation before the first fit.
 * @param scorers in place of `options.scoring`.
 */
function* prepare(
  estimator: unknown,
  x: RowsLike,
  y: RowsLike,
  options: Omit<PrepareOptions, 'signal'>,
  returnTrainScore: boolean,
  scorers?: Scorers,
): Work<Evaluation> {
  const model = readModel(estimator)
  const rows = countRows(x, 'x')
  checkRowCount(y, 'y', rows)
  const { sampleWeight, groups, onProgress, method } = options
  if (sampleWeight !== undefined) checkRowCount(sampleWeight, 'sampleWeight', rows)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('onProgress', 'a function', onProgress)
  const errorScore = readErrorScore(options.errorScore)
  const concurrency = readConcurrency(options.concurrency, readQueue(options.queue))
  const seed = readSeed(options.seed)
  const splits = yield* readSplits(options.cv, model, x, y, groups)
  const maxCopies = options.queue === undefined ? Math.max(16, 2 * concurrency) : 1
  return new Evaluation({
    ...{ model, x: yield* readRowsOnce(model, x), y, splits, sampleWeight },
    scorers: scorers ?? (method === undefined ? readScorers(options.scoring, model) : noScorers),
    ...{ method, errorScore, returnTrainScore, seed, maxCopies },
  })
}

/**
 * `prepare` in slices between turns of the event loop.
 * @throws ArgumentError also for arrays that change meanwhile; the signal's reason.
 */
export async function prepareInSteps(
  estimator: unknown,
  x: RowsLike,
  y: RowsLike,
  options: PrepareOptions,
  returnTrainScore: boolean,
  scorers?: Scorers,
): Promise<Evaluation> {
  const { groups, sampleWeight } = options
  const signal = options.signal === undefined ? undefined : checkSignal(options.signal)
  const sources: Source[] = [
    ['x', x],
    ['y', y],
    ['groups', groups],
    ['sampleWeight', sampleWeight],
  ]
  return readInSteps(prepare(estimator, x, y, options, returnTrainScore, scorers), sources, untilSettled, signal)
}

/** One fit of a run. */
export interface FitJob {
  params: object
  split: number
  subset?: Subset
}

/** The results of jobs, in their order. */
export interface AllScores {
  /** Undefined for fits that the time limit prevented or ended. */
  readonly scores: readonly (SplitScore | undefined)[]
  readonly stopReason: ValidationStopReason
}

/**
 * Runs all jobs, or as many as the time limit allows.
 * @throws ArgumentError for a wrong signal or limit; the signal's reason; the error of the first fit if all failed.
 */
export async function runAll(
  evaluation: Evaluation,
  jobs: readonly FitJob[],
  options: Pick<ValidationOptions, 'signal' | 'timeLimit' | 'onProgress' | 'concurrency' | 'queue'>,
  keepModels = false,
): Promise<AllScores> {
  const { signal, onProgress, concurrency } = options
  const queue = readQueue(options.queue)
  const stopping = new Stopping(options)
  const scores = new Array<SplitScore | undefined>(jobs.length).fill(undefined)
  let done = 0
  const fit = async (runner: FitRunner, { params, split, subset }: FitJob, k: number) => {
    const score = await runner.run(params, split, stopping.signal, subset)
    if (!score) return
    scores[k] = keepModels ? score : { ...score, model: undefined }
    if (score.error) warnOfFailure(`The fit on split ${split}`, score.score, score.error)
    done++
    await onProgress?.({ done, total: jobs.length })
  }
  let runner: FitRunner | undefined
  try {
    const params = jobs.map((job) => job.params)
    const opened = await runnerFor(evaluation, queue, { keepModels, params, signal: stopping.signal })
    runner = opened
    const work = jobs.map((job, k) => () => fit(opened, job, k))
    await sideBySide(work, readConcurrency(concurrency, queue), stopping)
    signal?.throwIfAborted()
  } finally {
    stopping.end()
    await runner?.end()
  }
  const failed = scores.filter((score) => score?.error !== undefined)
  if (failed.length === jobs.length) throw failed[0]!.error
  return { scores, stopReason: done < jobs.length ? 'timeLimit' : 'done' }
}

/** A number of each fit; NaN for fits that were not done. */
export function numbersOf(
  scores: readonly (SplitScore | undefined)[],
  value: (score: SplitScore) => number,
): Float64Array {
  return Float64Array.from(scores, (score) => (score ? value(score) : Number.NaN))
}

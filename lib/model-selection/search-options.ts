import { optionKeys } from '../base/check.js'
import type { QueueOptions } from '../jobs/options.js'
import type { CandidateResult } from './candidates.js'
import type { CrossValidation } from './cv.js'
import type { ErrorScore } from './evaluation.js'
import type { ModelLike } from './model.js'
import type { RowsLike } from './rows.js'
import type { Scoring } from './scoring.js'

/** The options of every search. */
export interface SearchOptions<E extends ModelLike> {
  /** The estimator, or a pipeline with one. It is cloned and never fitted itself. */
  estimator: E
  /** How to split the rows: 5 folds by default, stratified for classifiers. */
  cv?: CrossValidation | undefined
  /** The score or scores, the higher the better; by default that of the estimator (accuracy, R²). */
  scoring?: Scoring | undefined
  /**
   * Whether to fit the best candidate to all rows in the end; true by default. With several scores, the name of the one that
   * decides which candidate is the best; or false: then the first one ranks candidates.
   */
  refit?: boolean | string | undefined
  /** The score of a fit that fails, with a warning: NaN by default; `'raise'` throws. */
  errorScore?: ErrorScore | undefined
  /** Whether to score the training rows as well; false by default. */
  returnTrainScore?: boolean | undefined
  /**
   * The number of fits that run side by side, each on one thread. By default one more than there are cores, so that no core
   * idles while fits are prepared and scored. It changes no result.
   */
  concurrency?: number | undefined
  /**
   * A queue of BullMQ (Redis or Valkey): fits run in the processes of `npx perceptra worker`, on this machine or others, and give
   * the same scores. `concurrency` is then the number of fits in the queue at once, 1,000 by default.
   */
  queue?: QueueOptions | undefined
  /** The seed of candidates, of subsets of rows, and of estimators that have none; random by default. */
  seed?: number | undefined
}

/** What `fit` of a search takes. */
export interface SearchFitOptions {
  /** The group of each row, for splitters that keep groups together. */
  groups?: RowsLike | undefined
  /** The weight of each row in training; scores are not weighted. */
  sampleWeight?: RowsLike | undefined
  /** Aborting it rejects at once with its reason. `results` are those so far; the best estimator is the one of the fit before. */
  signal?: AbortSignal | undefined
  /** Seconds after which no more candidates are tried. The best one so far is still fitted to all rows. */
  timeLimit?: number | undefined
  /** Called and awaited after each fit. If it throws, the search ends and fit rejects. */
  onProgress?: ((progress: SearchProgress) => unknown) | undefined
  /** A file for scores, from which a search that ended early goes on. It needs a seed. */
  file?: string | undefined
}

/** Why a search ended: all fits done, the signal, or the time limit. */
export type SearchStopReason = 'done' | 'aborted' | 'timeLimit'

export const searchKeys = optionKeys<SearchOptions<ModelLike>>({
  estimator: true,
  cv: true,
  scoring: true,
  refit: true,
  errorScore: true,
  returnTrainScore: true,
  concurrency: true,
  queue: true,
  seed: true,
})

export const searchFitKeys = optionKeys<SearchFitOptions>({
  groups: true,
  sampleWeight: true,
  signal: true,
  timeLimit: true,
  onProgress: true,
  file: true,
})

/** The progress of a search. */
export interface SearchProgress {
  /** Fits done. */
  done: number
  /** All fits; fewer if stopLosers stops candidates. */
  total: number
  /** Candidates done. */
  candidates: number
  /** The best candidate so far that was tried on all splits. */
  best: CandidateResult | undefined
}

import type { CandidateResult } from './candidates.js'
import type { CrossValidation } from './cv.js'
import type { ErrorScore } from './evaluation.js'
import type { ModelLike } from './model.js'
import type { RowsLike } from './rows.js'
import type { ScoringFunction, ScoringName } from './scoring.js'

/** What every search takes. */
export interface SearchOptions<E extends ModelLike> {
  /** What is searched: an estimator, or a pipeline with one. It is cloned, and never fitted itself. */
  estimator: E
  /** How rows are split: 5 folds by default, stratified for classifiers. */
  cv?: CrossValidation | undefined
  /** The score, the higher the better; the estimator's own (accuracy, R^2) when missing. */
  scoring?: ScoringName | ScoringFunction | undefined
  /** Whether the best candidate is fitted to all rows in the end; true by default. */
  refit?: boolean | undefined
  /** The score of a fit that fails, with a warning: NaN by default; `'raise'` throws. */
  errorScore?: ErrorScore | undefined
  /** Whether training rows are scored as well. */
  returnTrainScore?: boolean | undefined
  /** How many fits run side by side, each on one thread; one more than there are cores by default, so that none waits while fits are prepared and scored. It changes no result. */
  threads?: number | undefined
  /** What is drawn from: candidates, subsets of rows, and the seed of estimators that have none. Drawn itself when missing. */
  seed?: number | undefined
}

/** What `fit` of a search takes. */
export interface SearchFitOptions {
  /** The group of each row, for splitters that keep groups together. */
  groups?: RowsLike | undefined
  /** How much each row counts in training; scores are not weighted. */
  sampleWeight?: RowsLike | undefined
  /** Aborting it resolves at once with what is known, without a refit: `stopReason` tells. */
  signal?: AbortSignal | undefined
  /** Seconds after which no more candidates are tried; the best so far is still fitted to all rows. */
  timeLimit?: number | undefined
  /** Called, and awaited, after each fit; what it throws ends the search. */
  onProgress?: ((progress: SearchProgress) => unknown) | undefined
  /** A file to keep scores in: a search that was cut short goes on from it. It needs a seed. */
  file?: string | undefined
}

/** Why a search ended: all done, or it was cut short. */
export type SearchStopReason = 'done' | 'aborted' | 'timeLimit'

/** The keys of `SearchOptions`. */
export const searchKeys = [
  ...['estimator', 'cv', 'scoring', 'refit', 'errorScore', 'returnTrainScore', 'threads', 'seed'],
]

/** How far a search is. */
export interface SearchProgress {
  /** Fits done; of a search that ends early fewer than `total` come. */
  done: number
  total: number
  /** Candidates done. */
  candidates: number
  /** The best so far, of those on all splits. */
  best: CandidateResult | undefined
}

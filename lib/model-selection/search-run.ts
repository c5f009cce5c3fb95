import { ArgumentError } from '../base/errors.js'
import type { Stopping } from '../base/stopping.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import { type Evaluation, type SplitScore, warnOfFailure } from './evaluation.js'
import type { Journal } from './journal.js'
import { sideBySide } from './side-by-side.js'

/** Parameters that a search tries, and how it went. */
export interface CandidateResult {
  /** The place in which it was proposed, counted from 0. */
  candidate: number
  params: Record<string, unknown>
  /** 1 for the best; those that were not tried on all splits come behind. */
  rank: number
  /** Of the splits that were scored. */
  mean: number
  std: number
  /** One a split; NaN where it was not scored, or failed. */
  scores: Float64Array
  /** With `returnTrainScore`. */
  trainScores?: Float64Array
  /** Seconds, the mean over splits. */
  fitTime: number
  scoreTime: number
  /** `'done'` on all splits, `'lost'` and stopped early, or `'unfinished'` when the search was cut short. */
  status: 'done' | 'lost' | 'unfinished'
  /** HalvingSearch alone: the round, counted from 0, and the rows (or the value of the resource) that it had. */
  round?: number
  resource?: number
}

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

/** Parameters to try. */
export interface Candidate {
  readonly params: Record<string, unknown>
  /** Of each split, the training rows to take in place of all. */
  readonly subsets?: readonly Uint32Array[]
  readonly round?: number
  readonly resource?: number
}

/** When a candidate that loses is given up. */
export interface StopLosers {
  /** How many splits it is scored on at least; 2 by default. */
  afterSplits?: number | undefined
  /** How much its mean may lie below that of the best candidate so far, on the same splits; 0 by default. */
  margin?: number | undefined
}

/** What a run needs of its search. */
export interface RunSettings {
  readonly evaluation: Evaluation
  readonly stopping: Stopping
  readonly threads: number
  readonly journal: Journal | undefined
  readonly stopLosers: Required<{ [K in keyof StopLosers]: number }> | undefined
  readonly onProgress: ((progress: SearchProgress) => unknown) | undefined
}

/** With losers stopped, candidates are compared with the best of the groups of so many before theirs: whatever the threads. */
const groupSize = 16

/** Evaluates candidates, and keeps what came of them. */
export class SearchRun {
  readonly results: CandidateResult[] = []
  /** How many fits there will be. */
  total = 0
  readonly #settings: RunSettings
  #done = 0
  #finished = 0
  #best: CandidateResult | undefined
  #firstError: unknown
  /** Whether any fit did not fail. */
  #anyScore = false

  constructor(settings: RunSettings) {
    this.#settings = settings
  }

  /**
   * Tries candidates on all splits, side by side. Those that were cut short are among the results as well.
   * @throws the error of the first fit where all candidates so far failed.
   */
  async evaluate(candidates: readonly Candidate[]): Promise<CandidateResult[]> {
    const { stopLosers } = this.#settings
    const all: CandidateResult[] = []
    const step = stopLosers ? groupSize : candidates.length
    for (let at = 0; at < candidates.length && !this.stopped; at += step) {
      all.push(...(await this.#group(candidates.slice(at, at + step))))
    }
    if (this.#firstError !== undefined && !this.stopped && !this.#anyScore) throw this.#firstError
    return all
  }

  get stopped(): boolean {
    return this.#settings.stopping.stopped
  }

  async #group(candidates: readonly Candidate[]): Promise<CandidateResult[]> {
    const { evaluation, stopping, threads, stopLosers } = this.#settings
    const splits = evaluation.spec.splits.length
    const best = this.#best
    const runs = candidates.map((candidate) => {
      const result = this.#begin(candidate, splits)
      return { candidate, result, scored: new Array<SplitScore | undefined>(splits) }
    })
    type Run = (typeof runs)[number]
    const one = async (run: Run, split: number) => {
      const score = await this.#fit(run.candidate, run.result.candidate, split)
      if (!score) return
      run.scored[split] = score
      const scored = run.scored.filter((each) => each !== undefined)
      settle(run.result, run.scored, evaluation.spec.returnTrainScore)
      if (scored.length === splits) this.#finish(run.result)
      await this.#tell()
    }
    const whole = async (run: Run) => {
      for (let split = 0; split < splits && !stopping.stopped; split++) {
        await one(run, split)
        if (!stopping.stopped && split + 1 < splits && best && loses(run.result, best, split + 1, stopLosers!)) {
          run.result.status = 'lost'
          this.#finished++
          this.total -= splits - split - 1
          return
        }
      }
    }
    const jobs = stopLosers
      ? runs.map((run) => () => whole(run))
      : runs.flatMap((run) => Array.from({ length: splits }, (_, split) => () => one(run, split)))
    // Fits end within a slice of their own after the signal; who waits for the search does not wait for them.
    await Promise.race([sideBySide(jobs, threads, stopping), stopping.whenStopped])
    return runs.map(({ result }) => result)
  }

  #begin({ params, round, resource }: Candidate, splits: number): CandidateResult {
    const empty = new Float64Array(splits).fill(Number.NaN)
    const result: CandidateResult = {
      candidate: this.results.length,
      params,
      rank: 0,
      mean: Number.NaN,
      std: Number.NaN,
      scores: empty,
      ...(this.#settings.evaluation.spec.returnTrainScore && { trainScores: empty.slice() }),
      fitTime: Number.NaN,
      scoreTime: Number.NaN,
      status: 'unfinished',
      ...(round !== undefined && { round }),
      ...(resource !== undefined && { resource }),
    }
    this.results.push(result)
    return result
  }

  async #fit(candidate: Candidate, number: number, split: number): Promise<SplitScore | undefined> {
    const { evaluation, stopping, journal } = this.#settings
    const { params, subsets, round } = candidate
    const key = `${number} ${split}`
    const known = journal?.get(key)
    if (known)
      return this.#note({
        ...known,
        error: known.error === undefined ? undefined : new ArgumentError(known.error),
        model: undefined,
      })
    const subset = subsets && { rows: subsets[split]!, key: `${round}` }
    const score = await evaluation.run(params, split, stopping.signal, subset)
    // What comes after the end of the search belongs to nobody.
    if (!score || stopping.stopped) return undefined
    if (score.error !== undefined) warnOfFailure(`Candidate ${number} on split ${split}`, score.score, score.error)
    const { score: value, trainScore, fitTime, scoreTime, error } = score
    journal?.add(key, {
      score: value,
      trainScore,
      fitTime,
      scoreTime,
      error: error && (error as Error).message,
    } as never)
    return this.#note({ ...score, model: undefined })
  }

  #note(score: SplitScore): SplitScore {
    this.#firstError ??= score.error
    this.#anyScore ||= score.error === undefined
    return score
  }

  #finish(result: CandidateResult): void {
    result.status = 'done'
    this.#finished++
    const isBetter = isAhead(result, this.#best)
    if (isBetter) this.#best = result
  }

  async #tell(): Promise<void> {
    this.#done++
    const { onProgress } = this.#settings
    await onProgress?.({ done: this.#done, total: this.total, candidates: this.#finished, best: this.#best })
  }
}

/** Whether a candidate goes before another: a later round, a higher mean, or the same and an earlier place. */
export function isAhead(a: CandidateResult, b: CandidateResult | undefined): boolean {
  if (Number.isNaN(a.mean)) return false
  if (!b) return true
  const later = (a.round ?? 0) - (b.round ?? 0)
  if (later !== 0) return later > 0
  return a.mean > b.mean || (a.mean === b.mean && a.candidate < b.candidate)
}

function settle(result: CandidateResult, scored: readonly (SplitScore | undefined)[], withTrain: boolean): void {
  const there = scored.filter((each) => each !== undefined)
  for (const [split, each] of scored.entries()) {
    if (!each) continue
    result.scores[split] = each.score
    if (withTrain) result.trainScores![split] = each.trainScore!
  }
  const values = there.map(({ score }) => score)
  result.mean = meanOf(values)
  result.std = deviationOf(values)
  result.fitTime = meanOf(there.map(({ fitTime }) => fitTime))
  result.scoreTime = meanOf(there.map(({ scoreTime }) => scoreTime))
}

function loses(
  { scores }: CandidateResult,
  best: CandidateResult,
  splits: number,
  { afterSplits, margin }: { afterSplits: number; margin: number },
): boolean {
  if (splits < afterSplits) return false
  return !(meanOf(scores.subarray(0, splits)) >= meanOf(best.scores.subarray(0, splits)) - margin)
}

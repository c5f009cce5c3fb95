import { runBreathing, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import type { Stopping } from '../base/stopping.js'
import { type Candidate, type CandidateResult, emptyResult, isAhead, setScores } from './candidates.js'
import { type Evaluation, type FitRunner, type SplitScore, warnOfFailure } from './evaluation.js'
import type { Journal } from './journal.js'
import type { SearchProgress } from './search-options.js'
import { sideBySide } from './side-by-side.js'
import { type LoserRule, loses } from './stop-losers.js'

/** What a run takes from its search. */
interface RunSettings {
  readonly evaluation: Evaluation
  readonly runner: FitRunner
  readonly stopping: Stopping
  readonly concurrency: number
  readonly journal: Journal | undefined
  readonly stopLosers: LoserRule | undefined
  readonly onProgress: ((progress: SearchProgress) => unknown) | undefined
}

/**
 * With stopLosers, candidates run in groups of this size and are compared with the best one of the groups before, so that
 * the result does not depend on concurrency.
 */
const groupSize = 16

/** Evaluates candidates and collects their results. */
export class SearchRun {
  readonly results: CandidateResult[] = []
  /** The number of all fits of the run. */
  total = 0
  readonly #settings: RunSettings
  #done = 0
  #finished = 0
  #best: CandidateResult | undefined
  #firstError: unknown
  /** Whether a fit has succeeded. */
  #anyScore = false

  constructor(settings: RunSettings) {
    this.#settings = settings
  }

  /**
   * Tries candidates on all splits, side by side. The results include unfinished candidates.
   * @throws the error of the first fit if all candidates so far failed.
   */
  async evaluate(candidates: readonly Candidate[]): Promise<CandidateResult[]> {
    const { stopLosers } = this.#settings
    const results: CandidateResult[] = []
    const step = stopLosers ? groupSize : candidates.length
    for (let at = 0; at < candidates.length && !this.stopped; at += step) {
      results.push(...(await this.#group(candidates.slice(at, at + step))))
    }
    if (this.#firstError !== undefined && !this.stopped && !this.#anyScore) throw this.#firstError
    return results
  }

  /** Runs work before candidates can be tried; undefined if the run has stopped. */
  async prepare<R>(work: Work<R>): Promise<R | undefined> {
    try {
      return await runBreathing(work, this.#settings.stopping.signal)
    } catch (error) {
      if (this.stopped) return undefined
      throw error
    }
  }

  get stopped(): boolean {
    return this.#settings.stopping.stopped
  }

  async #group(candidates: readonly Candidate[]): Promise<CandidateResult[]> {
    const { evaluation, stopping, concurrency, stopLosers } = this.#settings
    const splits = evaluation.spec.splits.length
    const best = this.#best
    const runs = candidates.map((candidate) => {
      const result = this.#begin(candidate, splits)
      return { candidate, result, scores: new Array<SplitScore | undefined>(splits) }
    })
    type Run = (typeof runs)[number]
    const fitSplit = async (run: Run, split: number) => {
      const score = await this.#fit(run.candidate, run.result.candidate, split)
      if (!score) return
      run.scores[split] = score
      setScores(run.result, run.scores)
      if (run.scores.filter((split) => split !== undefined).length === splits) this.#finish(run.result)
      await this.#report()
    }
    const fitUntilLost = async (run: Run) => {
      for (let split = 0; split < splits && !stopping.stopped; split++) {
        await fitSplit(run, split)
        if (!stopping.stopped && split + 1 < splits && best && loses(run.result, best, split + 1, stopLosers!)) {
          run.result.status = 'lost'
          this.#finished++
          this.total -= splits - split - 1
          return
        }
      }
    }
    const jobs = stopLosers
      ? runs.map((run) => () => fitUntilLost(run))
      : runs.flatMap((run) => Array.from({ length: splits }, (_, split) => () => fitSplit(run, split)))
    // After the signal the search resolves at once; its fits end with their current slice.
    await Promise.race([sideBySide(jobs, concurrency, stopping), stopping.whenStopped])
    return runs.map(({ result }) => result)
  }

  #begin(candidate: Candidate, splits: number): CandidateResult {
    const result = emptyResult(candidate, this.results.length, splits, this.#settings.evaluation.spec)
    this.results.push(result)
    return result
  }

  async #fit(candidate: Candidate, number: number, split: number): Promise<SplitScore | undefined> {
    const { runner, stopping, journal } = this.#settings
    const { params, subsets, round } = candidate
    const key = `${number} ${split}`
    const entry = journal?.get(key)
    if (entry) {
      const error = entry.error === undefined ? undefined : new ArgumentError(entry.error)
      return this.#note({ ...entry, error, model: undefined })
    }
    const subset = subsets && { rows: subsets[split]!, key: `${round}` }
    const score = await runner.run(params, split, stopping.signal, subset)
    // The search has ended: this score is late.
    if (!score || stopping.stopped) return undefined
    if (score.error !== undefined) warnOfFailure(`Candidate ${number} on split ${split}`, score.score, score.error)
    const { model: _, error, ...scored } = score
    journal?.add(key, { ...scored, error: error === undefined ? undefined : (error as Error).message })
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
    if (isAhead(result, this.#best)) this.#best = result
  }

  async #report(): Promise<void> {
    this.#done++
    const { onProgress } = this.#settings
    await onProgress?.({ done: this.#done, total: this.total, candidates: this.#finished, best: this.#best })
  }
}

import { ArgumentError } from '../base/errors.js'
import type { Stopping } from '../base/stopping.js'
import { type Candidate, type CandidateResult, emptyResult, isAhead, settle } from './candidates.js'
import { type Evaluation, type SplitScore, warnOfFailure } from './evaluation.js'
import type { Journal } from './journal.js'
import type { SearchProgress } from './search-options.js'
import { sideBySide } from './side-by-side.js'
import { type LoserRule, loses } from './stop-losers.js'

/** What a run needs of its search. */
export interface RunSettings {
  readonly evaluation: Evaluation
  readonly stopping: Stopping
  readonly threads: number
  readonly journal: Journal | undefined
  readonly stopLosers: LoserRule | undefined
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

  #begin(candidate: Candidate, splits: number): CandidateResult {
    const { returnTrainScore } = this.#settings.evaluation.spec
    const result = emptyResult(candidate, this.results.length, splits, returnTrainScore)
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

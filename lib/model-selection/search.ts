import { checkBoolean, checkOptions, checkString } from '../base/check.js'
import { ArgumentError, MlpError } from '../base/errors.js'
import { Stopping } from '../base/stopping.js'
import { type CandidateResult, rank } from './candidates.js'
import { type Evaluation, fitOne, readErrorScore, readTrainScore } from './evaluation.js'
import { Journal } from './journal.js'
import { type CallableModel, type ModelLike, readModel } from './model.js'
import type { RowsLike } from './rows.js'
import { call, readScoring } from './scoring.js'
import { type SearchFitOptions, type SearchOptions, type SearchStopReason, searchKeys } from './search-options.js'
import { SearchRun } from './search-run.js'
import { readThreads } from './side-by-side.js'
import { readSeed } from './splits.js'
import { type LoserRule, readStopLosers, type StopLosers } from './stop-losers.js'
import { fingerprint } from './subject.js'
import { prepare } from './validation.js'

interface Found {
  readonly results: readonly CandidateResult[]
  readonly stopReason: SearchStopReason
  readonly best: CandidateResult | undefined
  readonly model: CallableModel | undefined
}

/** What all searches have in common: candidates are tried side by side, ranked, and the best one is fitted to all rows. */
export abstract class Search<E extends ModelLike> {
  /** What is drawn from. */
  readonly seed: number
  protected readonly model: CallableModel
  readonly #options: SearchOptions<E>
  readonly #stopLosers: LoserRule | undefined
  #found: Found | undefined
  #running = false

  /** @throws ArgumentError for wrong options. */
  protected constructor(
    options: SearchOptions<E>,
    name: string,
    more: readonly string[],
    stopLosers?: boolean | StopLosers,
  ) {
    checkOptions(options, name, [...searchKeys, ...more])
    this.model = readModel(options.estimator)
    checkBoolean(options.refit ?? true, 'refit')
    readScoring(options.scoring, this.model)
    readErrorScore(options.errorScore)
    readTrainScore(options.returnTrainScore)
    readThreads(options.threads)
    this.seed = readSeed(options.seed)
    this.#stopLosers = readStopLosers(stopLosers)
    this.#options = { ...options }
  }

  /**
   * Tries candidates, off the event loop and side by side on all cores, then fits the best one to all rows.
   * @param x Matrix, Table or array of rows; parts of it are copied in steps, of a Table at once.
   * @throws ArgumentError for wrong data or options; the error of a fit where all fail; MlpError ERR_BUSY while it runs.
   */
  async fit(x: RowsLike, y: RowsLike, options: SearchFitOptions = {}): Promise<this> {
    checkOptions(options, 'fit() of a search', ['groups', 'sampleWeight', 'signal', 'timeLimit', 'onProgress', 'file'])
    if (this.#running) throw new MlpError('Could not fit: this search is running. Await that first.', 'ERR_BUSY')
    this.#running = true
    const stopping = new Stopping(options)
    try {
      await this.#search(x, y, options, stopping)
    } finally {
      stopping.end()
      this.#running = false
    }
    return this
  }

  /** One entry a candidate, the best one first. */
  get results(): readonly CandidateResult[] {
    return this.#known('tell the results').results
  }

  /** Whether all was done, or why not. */
  get stopReason(): SearchStopReason {
    return this.#known('tell stopReason').stopReason
  }

  /** The parameters of the best candidate. */
  get bestParams(): Record<string, unknown> {
    return { ...this.#best('tell bestParams').params }
  }

  /** Its mean score over the splits. */
  get bestScore(): number {
    return this.#best('tell bestScore').mean
  }

  /**
   * The best candidate, fitted to all rows.
   * @throws MlpError ERR_NOT_FITTED before fit, without refit, or when the search was aborted.
   */
  get bestEstimator(): E {
    const { model } = this.#known('tell bestEstimator')
    if (model) return model as unknown as E
    throw new MlpError(
      'Could not tell bestEstimator: nothing was fitted to all rows (no refit, or aborted).',
      'ERR_NOT_FITTED',
    )
  }

  /** What the best estimator predicts. */
  predict(x: RowsLike, options: object = {}): E extends { predict(...all: never[]): infer R } ? R : never {
    return this.#ask('predict', x, options)
  }

  /** The probability of each class, of a best estimator that has predictProba. */
  predictProba(x: RowsLike, options: object = {}): E extends { predictProba(...all: never[]): infer R } ? R : never {
    return this.#ask('predictProba', x, options)
  }

  /** The score of the best estimator on rows, by the scoring of the search. */
  async score(x: RowsLike, y: RowsLike): Promise<number> {
    const model = readModel(this.bestEstimator)
    return readScoring(this.#options.scoring, model)(model, x, y, new AbortController().signal, 0)
  }

  /** Writes the best estimator to a file, which `load` opens. */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await (call(this.bestEstimator as unknown as CallableModel, 'save', [path]) as Promise<void>)
  }

  /** What makes a search another one, for its file. */
  protected abstract readonly subject: object

  /** Tries candidates until there are no more, or `run.stopped`. */
  protected abstract run(run: SearchRun, evaluation: Evaluation): Promise<void>

  async #search(x: RowsLike, y: RowsLike, options: SearchFitOptions, stopping: Stopping): Promise<void> {
    const { returnTrainScore, refit = true, ...rest } = this.#options
    const { groups, sampleWeight, onProgress } = options
    const own = { ...rest, groups, sampleWeight, onProgress: onProgress as never, seed: this.seed }
    const evaluation = prepare(this.model, x, y, own, returnTrainScore ?? false)
    const journal = options.file === undefined ? undefined : this.#open(options.file, evaluation)
    const threads = readThreads(rest.threads)
    const run = new SearchRun({ evaluation, stopping, threads, journal, stopLosers: this.#stopLosers, onProgress })
    await this.run(run, evaluation)
    const results = rank(run.results)
    const best = results[0]?.status === 'done' && !Number.isNaN(results[0].mean) ? results[0] : undefined
    const aborted = () => stopping.reason === 'aborted' || options.signal?.aborted === true
    let model: CallableModel | undefined
    if (refit && best && !aborted()) {
      model = evaluation.candidate(best.params)
      const all = { x: evaluation.spec.x, y, sampleWeight }
      await fitOne(model, all, options.signal ? { signal: options.signal } : {})
      if (aborted()) model = undefined
    }
    const stopReason = options.signal?.aborted && !model ? 'aborted' : stopping.reason
    this.#found = { results, stopReason, best, model }
  }

  #open(file: string, { spec }: Evaluation): Journal {
    if (this.#options.seed === undefined) {
      throw new ArgumentError('Expected a seed for a search with a file: without one it cannot go on from there.')
    }
    const { model, x, y, splits, sampleWeight, scorer: _, kept: __, ...rest } = spec
    const data = [x, y, sampleWeight].map(fingerprint)
    const { scoring } = this.#options
    const subject = { kind: this.constructor.name, model, data, splits, rest, scoring, own: this.subject }
    return new Journal(file, { ...subject, stopLosers: this.#stopLosers })
  }

  #known(what: string): Found {
    if (this.#found) return this.#found
    throw new MlpError(`Could not ${what}: call fit(x, y) of this search first.`, 'ERR_NOT_FITTED')
  }

  #best(what: string): CandidateResult {
    const { best } = this.#known(what)
    if (best) return best
    throw new MlpError(`Could not ${what}: no candidate was scored on all splits.`, 'ERR_NOT_FITTED')
  }

  #ask<R>(name: string, x: RowsLike, options: object): R {
    return call(this.bestEstimator as unknown as CallableModel, name, [x, options]) as R
  }
}

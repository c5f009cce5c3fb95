import { checkOptions, checkString } from '../base/check.js'
import { ArgumentError, MlpError } from '../base/errors.js'
import { type InspectArguments, inspectAs, inspected } from '../base/inspected.js'
import { Stopping } from '../base/stopping.js'
import { placeOf, type QueueSettings, readQueue } from '../jobs/options.js'
import { type CandidateResult, rank } from './candidates.js'
import { type Evaluation, type FitRunner, fitOne, readErrorScore, readTrainScore } from './evaluation.js'
import { Journal } from './journal.js'
import { type CallableModel, type ModelLike, readModel } from './model.js'
import { runnerFor } from './queued-fits.js'
import type { RowsLike } from './rows.js'
import { call, readScorers } from './scoring.js'
import {
  type SearchFitOptions,
  type SearchOptions,
  type SearchStopReason,
  searchFitKeys,
  searchKeys,
} from './search-options.js'
import { SearchRun } from './search-run.js'
import { readConcurrency } from './side-by-side.js'
import { readSeed } from './splits.js'
import { type LoserRule, readStopLosers, type StopLosers } from './stop-losers.js'
import { fingerprint } from './subject.js'
import { prepareInSteps } from './validation.js'

/** The result of a search. */
interface Outcome {
  readonly results: readonly CandidateResult[]
  readonly stopReason: SearchStopReason
  readonly best: CandidateResult | undefined
  readonly model: CallableModel | undefined
}

/** The base of all searches: tries candidates side by side, ranks them, and fits the best one to all rows. */
export abstract class Search<E extends ModelLike> {
  /** The seed of all that the search draws. */
  readonly seed: number
  protected readonly model: CallableModel
  readonly #options: SearchOptions<E>
  readonly #stopLosers: LoserRule | undefined
  readonly #queue: QueueSettings | undefined
  #outcome: Outcome | undefined
  #running = false

  /** @throws ArgumentError for wrong options. */
  protected constructor(
    options: SearchOptions<E>,
    name: string,
    keys: readonly string[],
    stopLosers?: boolean | StopLosers,
  ) {
    checkOptions(options, name, [...searchKeys, ...keys])
    this.model = readModel(options.estimator)
    readScorers(options.scoring, this.model, options.refit ?? true)
    readErrorScore(options.errorScore)
    readTrainScore(options.returnTrainScore)
    this.#queue = readQueue(options.queue)
    readConcurrency(options.concurrency, this.#queue)
    this.seed = readSeed(options.seed)
    this.#stopLosers = readStopLosers(stopLosers)
    this.#options = { ...options }
  }

  /**
   * Tries candidates, off the event loop and side by side on all cores, then fits the best one to all rows.
   * @param x Matrix, Table or array of rows. Parts are copied in steps, those of a Table at once.
   * @throws ArgumentError for wrong data or options; the error of a fit if all fail; MlpError ERR_BUSY while it runs; the
   * signal's reason: the search then has `results` of the candidates so far, and the best estimator that it had before.
   */
  async fit(x: RowsLike, y: RowsLike, options: SearchFitOptions = {}): Promise<this> {
    checkOptions(options, 'fit() of a search', searchFitKeys)
    if (this.#running) throw new MlpError('Could not fit: this search is running. Await that first.', 'ERR_BUSY')
    const stopping = new Stopping(options)
    this.#running = true
    try {
      options.signal?.throwIfAborted()
      await this.#search(x, y, options, stopping)
    } finally {
      stopping.end()
      this.#running = false
    }
    return this
  }

  /** The options of the search, and what it found in a few facts, as plain JSON for logs. */
  toJSON(): { kind: string; params: object; state: object | null } {
    // A connection may hold a password.
    const queue = this.#queue && { ...this.#queue, connection: placeOf(this.#queue.connection) }
    const params = { ...this.#options, seed: this.seed, ...(queue && { queue }) }
    return { kind: this.constructor.name, params, state: this.#summary() }
  }

  /** @internal What console.log shows: the options, and what was found. */
  [inspected](...how: InspectArguments): string {
    const { kind, params, state } = this.toJSON()
    return inspectAs(kind, { ...params, found: state }, how)
  }

  #summary(): object | null {
    if (!this.#outcome) return null
    const { results, stopReason, best } = this.#outcome
    return { candidates: results.length, stopReason, ...(best && { bestParams: best.params, bestScore: best.mean }) }
  }

  /** One entry for each candidate, the best one first. */
  get results(): readonly CandidateResult[] {
    return this.#learned('read the results').results
  }

  /** Why the search ended. */
  get stopReason(): SearchStopReason {
    return this.#learned('read stopReason').stopReason
  }

  /** The parameters of the best candidate. */
  get bestParams(): Record<string, unknown> {
    return { ...this.#best('read bestParams').params }
  }

  /** The mean score of the best candidate over the splits; with several scores, of the one that decides. */
  get bestScore(): number {
    return this.#best('read bestScore').mean
  }

  /**
   * The best candidate, fitted to all rows.
   * @throws MlpError ERR_NOT_FITTED before fit, without refit, or if no search has ended with a candidate scored on all splits.
   */
  get bestEstimator(): E {
    const { model } = this.#learned('read bestEstimator')
    if (model) return model as unknown as E
    throw new MlpError(
      'Could not read bestEstimator: no candidate was fitted to all rows, as refit is false, the search was aborted, or none was scored on all splits.',
      'ERR_NOT_FITTED',
    )
  }

  /** The predictions of the best estimator. */
  predict(x: RowsLike, options: object = {}): E extends { predict(...all: never[]): infer R } ? R : never {
    return this.#callBest('predict', x, options)
  }

  /** The probability of each class, if the best estimator has predictProba. */
  predictProba(x: RowsLike, options: object = {}): E extends { predictProba(...all: never[]): infer R } ? R : never {
    return this.#callBest('predictProba', x, options)
  }

  /** The prediction of the best estimator for one row, or those for a table, on the spot. */
  get predictSync(): E extends { predictSync: infer M } ? M : never {
    return this.#methodOfBest('predictSync')
  }

  /** The probabilities of the best estimator for one row, or those for a table, on the spot, if it has predictProbaSync. */
  get predictProbaSync(): E extends { predictProbaSync: infer M } ? M : never {
    return this.#methodOfBest('predictProbaSync')
  }

  /** The score of the best estimator on rows, by the scoring of the search; with several, by the one that decides. */
  async score(x: RowsLike, y: RowsLike): Promise<number> {
    const model = readModel(this.bestEstimator)
    const { scoring, refit = true } = this.#options
    const scorers = readScorers(scoring, model, refit)
    return (await scorers.score(model, x, y, new AbortController().signal))[scorers.primary]!
  }

  /** Writes the best estimator to a file, for `load`. */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    await (call(this.bestEstimator as unknown as CallableModel, 'save', [path]) as Promise<void>)
  }

  /** The bytes of the file that `save` writes. */
  toBytes(): Uint8Array {
    return call(this.bestEstimator as unknown as CallableModel, 'toBytes', []) as Uint8Array
  }

  /** The part of a search's fingerprint, for its file, that its class adds. */
  protected abstract readonly subject: object

  /** Tries all candidates, or as many as before `run.stopped`. */
  protected abstract run(run: SearchRun, evaluation: Evaluation): Promise<void>

  async #search(x: RowsLike, y: RowsLike, options: SearchFitOptions, stopping: Stopping): Promise<void> {
    const { returnTrainScore, refit = true, ...rest } = this.#options
    const { groups, sampleWeight, onProgress, signal } = options
    const validation = { ...rest, groups, sampleWeight, onProgress: onProgress as never, seed: this.seed, signal }
    const scorers = readScorers(rest.scoring, this.model, refit)
    const evaluation = await prepareInSteps(this.model, x, y, validation, returnTrainScore ?? false, scorers)
    const journal = options.file === undefined ? undefined : this.#open(options.file, evaluation)
    const concurrency = readConcurrency(rest.concurrency, this.#queue)
    const runner = await runnerFor(evaluation, this.#queue, {
      keepModels: false,
      params: this.subject,
      signal: stopping.signal,
    })
    const settings = { evaluation, runner, stopping, concurrency, journal, stopLosers: this.#stopLosers, onProgress }
    const run = new SearchRun(settings)
    try {
      await this.run(run, evaluation).finally(() => this.#endRunner(runner, signal))
      signal?.throwIfAborted()
      const results = rank(run.results)
      const best = results[0]?.status === 'done' && !Number.isNaN(results[0].mean) ? results[0] : undefined
      let model: CallableModel | undefined
      if (refit && best) {
        model = evaluation.candidate(best.params)
        await fitOne(model, { x: evaluation.spec.x, y, sampleWeight }, signal ? { signal } : {})
        signal?.throwIfAborted()
      }
      this.#outcome = { results, stopReason: stopping.reason, ...(best ? { best, model } : this.#found) }
    } catch (error) {
      if (!signal?.aborted) throw error
      this.#outcome = { results: rank(run.results), stopReason: 'aborted', ...this.#found }
      throw signal.reason
    }
  }

  /** An aborted search does not wait for workers to hear of it. */
  async #endRunner(runner: FitRunner, signal: AbortSignal | undefined): Promise<void> {
    const ended = runner.end()
    if (!signal?.aborted) await ended
  }

  /** What the last fit found. */
  get #found(): Pick<Outcome, 'best' | 'model'> {
    const { best, model } = this.#outcome ?? {}
    return { best, model }
  }

  #open(file: string, { spec }: Evaluation): Journal {
    if (this.#options.seed === undefined) {
      throw new ArgumentError('Expected a seed for a search with a file. Without one it cannot go on from the file.')
    }
    const { model, x, y, splits, sampleWeight, scorers, maxCopies: _, ...rest } = spec
    const data = [x, y, sampleWeight].map(fingerprint)
    const { scoring } = this.#options
    const decides = scorers.names?.[scorers.primary]
    const subject = { kind: this.constructor.name, model, data, splits, rest, scoring, decides, own: this.subject }
    return new Journal(file, { ...subject, stopLosers: this.#stopLosers })
  }

  #learned(action: string): Outcome {
    if (this.#outcome) return this.#outcome
    throw new MlpError(`Could not ${action}: call fit(x, y) of this search first.`, 'ERR_NOT_FITTED')
  }

  #best(action: string): CandidateResult {
    const { best } = this.#learned(action)
    if (best) return best
    throw new MlpError(`Could not ${action}: no candidate was scored on all splits.`, 'ERR_NOT_FITTED')
  }

  /** A method of the best estimator, with its types: a getter, as a method could not repeat its overloads. */
  #methodOfBest<M>(name: string): M {
    return ((...args: unknown[]) => call(this.bestEstimator as unknown as CallableModel, name, args)) as M
  }

  #callBest<R>(name: string, x: RowsLike, options: object): R {
    return call(this.bestEstimator as unknown as CallableModel, name, [x, options]) as R
  }
}

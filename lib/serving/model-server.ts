import { ArgumentError, MlpError } from '../base/errors.js'
import type { DriftReport } from '../tabular/drift.js'
import { Batcher } from './batcher.js'
import { fileState, watchModelFile } from './file-watch.js'
import { answerWeb } from './http/web.js'
import { Metrics } from './metrics.js'
import { type ModelServerOptions, type ModelSource, readServerOptions, type ServerSettings } from './options.js'
import { toProblem } from './problem.js'
import type { Scored, Servable } from './servable.js'
import { Shelf } from './shelf.js'
import { Traces } from './traces.js'

/** Options of `predict`. */
export interface PredictOptions {
  /** Which version answers; the newest by default. */
  version?: string | undefined
  /** Whether the answer has the probabilities of a classifier. */
  probabilities?: boolean | undefined
  signal?: AbortSignal | undefined
}

/** The answer for a row, with the version of the model that gave it. */
export interface ServedPrediction extends Scored {
  readonly version: string
}

/**
 * Models that answer requests: over HTTP by `handle`, `fastifyPlugin` or `npx perceptra serve`, and in the process by `predict`.
 * It speaks the Open Inference Protocol v2 with binary tensors, and plain rows of JSON.
 *
 * Files load in the background: `await ready()`, or let a readiness probe ask. Several models and versions, batches of concurrent
 * rows, swaps without a lost request.
 * @example
 * const { test } = datasets.digits()
 * const models = new ModelServer({ models: { digits: model }, maxBatch: 32 })
 * const { prediction } = await models.predict('digits', test.x.row(0))
 * await models.close()
 */
export class ModelServer {
  readonly #settings: ServerSettings
  readonly #shelves = new Map<string, Shelf>()
  readonly #batchers = new Map<string, Batcher>()
  readonly #loading: Promise<void>
  readonly #endings: (() => void)[] = []
  #metrics: Metrics | undefined
  #traces: Traces | undefined
  #isLoaded = false
  #isClosed = false
  #isDraining = false
  #inFlight = 0
  #whenIdle: (() => void) | undefined

  /** @throws ArgumentError for a wrong option. */
  constructor(options: ModelServerOptions) {
    this.#settings = readServerOptions(options)
    this.#loading = this.#begin()
    // Avoids an unhandled rejection; ready() rethrows.
    this.#loading.catch(() => {})
  }

  /** @internal */
  get settings(): ServerSettings {
    return this.#settings
  }

  /** The names of the models. */
  get names(): string[] {
    return Object.keys(this.#settings.models)
  }

  /** Whether requests should come: all models are loaded, and neither `drain` nor `close` was called. */
  get isReady(): boolean {
    return this.#isLoaded && !this.#isDraining && !this.#isClosed
  }

  /** Requests that are being answered. */
  get inFlight(): number {
    return this.#inFlight
  }

  /**
   * Resolves when all models are loaded.
   * @throws FormatError, ArgumentError of a file that does not load.
   */
  ready(): Promise<void> {
    return this.#loading
  }

  /**
   * The versions of a model, oldest first; the last answers by default.
   * @throws ArgumentError for a name that no model has.
   */
  versions(name: string): string[] {
    return this.#shelf(name).versions
  }

  /**
   * The answer for one row: an object by column names, or the inputs in their order. Rows of concurrent calls are batched.
   * @throws ArgumentError for a wrong row, an unknown model or version; MlpError ERR_OVERLOADED when `maxQueue` rows wait;
   * ERR_CLOSED after `close`.
   */
  async predict(name: string, row: unknown, options: PredictOptions = {}): Promise<ServedPrediction> {
    const { signal, probabilities = false } = options
    // Spans can begin when all is loaded.
    if (!this.#isLoaded && !this.#isClosed) await this.#loading
    const span = this.#traces?.begin(`predict ${name}`, { kind: 'internal' })
    let isFault = false
    this.begin()
    try {
      const servable = await this.find(name, options.version)
      span?.asks(name)
      span?.answeredBy(servable.version)
      const scored = await this.batcher(name).one(servable, row, probabilities, signal, span)
      this.#metrics?.predicted(name, servable.version, 1)
      const { prediction, probabilities: shares } = scored
      const { version } = servable
      return shares ? { prediction, probabilities: shares, version } : { prediction, version }
    } catch (error) {
      isFault = !signal?.aborted && toProblem(error).status >= 500
      throw error
    } finally {
      this.end()
      span?.end({}, isFault)
    }
  }

  /**
   * Replaces a model: requests that have begun end with the old one. Without `version` the new one gets the next number in place
   * of the newest; with it, it is added as the newest.
   * @returns the version of the new one.
   * @throws what `load` throws; then the old model stays.
   */
  async swap(name: string, source: ModelSource, { version }: { version?: string } = {}): Promise<string> {
    await this.#loading
    const servable = await this.#shelf(name).swap(source, version)
    this.#settings.onEvent({ type: 'swapped', model: name, version: servable.version })
    return servable.version
  }

  /** Answers a web-standard request: for Hono, Bun, Deno, route handlers of Next. It never throws. */
  handle(request: Request): Promise<Response> {
    return answerWeb(this, request)
  }

  /** Says from now on that it is not ready, so that balancers send requests elsewhere; those that come are answered until `close`. */
  drain(): void {
    this.#isDraining = true
  }

  /** Refuses further requests, and resolves when those under way are answered. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const end of this.#endings.splice(0)) end()
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  /** @internal The model that answers. @throws ArgumentError for an unknown name or version; MlpError ERR_CLOSED. */
  find(name: string, version: string | undefined): Servable | Promise<Servable> {
    if (this.#isClosed) throw new MlpError('The server is closing.', 'ERR_CLOSED')
    const get = () => this.#shelf(name).get(version)
    return this.#isLoaded ? get() : this.#loading.then(get)
  }

  /** @internal */
  batcher(name: string): Batcher {
    return this.#batchers.get(name)!
  }

  /** @internal */
  get metrics(): Metrics | undefined {
    return this.#metrics
  }

  /** @internal */
  get traces(): Traces | undefined {
    return this.#traces
  }

  /** @internal A request begins, which `close` waits for. */
  begin(): void {
    this.#inFlight++
  }

  /** @internal */
  end(): void {
    this.#inFlight--
    if (this.#inFlight === 0) this.#whenIdle?.()
  }

  #shelf(name: string): Shelf {
    const shelf = this.#shelves.get(name)
    if (shelf) return shelf
    const names = this.names.join(', ') || 'none'
    throw new ArgumentError(`There is no model ${JSON.stringify(name)}. The models are: ${names}.`)
  }

  async #begin(): Promise<void> {
    const { models, watch, metrics } = this.#settings
    for (const [name, versions] of Object.entries(models)) {
      const shelf = new Shelf(name, this.#settings.drift)
      this.#shelves.set(name, shelf)
      this.#batchers.set(name, new Batcher(this.#settings, (rows) => this.#metrics?.batched(name, rows)))
      for (const [version, source] of Object.entries(versions)) {
        const path = watch && typeof source === 'string' ? source : undefined
        const state = path === undefined ? undefined : await fileState(path)
        await shelf.put(version, source)
        if (path !== undefined) this.#watch(shelf, version, path, state)
      }
    }
    if (metrics)
      this.#metrics = await Metrics.load(
        () => this.#queues(),
        () => this.#drifts(),
      )
    this.#traces = await Traces.load()
    this.#isLoaded = true
  }

  #queues(): [string, number][] {
    return Array.from(this.#batchers, ([name, { pending }]) => [name, pending])
  }

  *#drifts(): Generator<[model: string, drift: DriftReport]> {
    for (const [name, shelf] of this.#shelves) {
      const report = shelf.newest.watch?.report()
      if (report) yield [name, report]
    }
  }

  #watch(shelf: Shelf, version: string, path: string, state: string | undefined): void {
    if (this.#isClosed) return
    const { onEvent } = this.#settings
    const reload = async () => {
      try {
        const servable = await shelf.reload(version, path)
        onEvent({ type: 'swapped', model: shelf.name, version: servable.version })
      } catch (error) {
        onEvent({ type: 'reloadFailed', model: shelf.name, version, error })
      }
    }
    this.#endings.push(watchModelFile(path, state, reload))
  }
}

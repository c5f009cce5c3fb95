import { rowBlocks, runBreathing, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { checkSampleWeight } from '../base/sample-weight.js'
import { Learner } from '../learning/learner.js'
import type { Definition, ParameterTable } from '../learning/parameters.js'
import { Doubles, type Out } from './doubles.js'
import { fitToDoubles, toDoubles, toDoublesSync } from './float64.js'
import { type Features, isStream, namesOf, type Rows } from './input.js'
import { type TransformerJson, toPlain } from './json.js'
import { readSignal, type TransformerFitOptions, type TransformOptions } from './transform-options.js'

/** Batches of rows, one after the other, that need not all be in memory. */
export type Batches<X> = Iterable<X> | AsyncIterable<X>

/** What a fit works on beside the rows. */
export interface FitContext<S> {
  readonly y: unknown
  readonly weights: Float64Array | undefined
  /** Whether the rows are one batch of several. */
  readonly streaming: boolean
  /** What batches before this one have left. */
  readonly before: S | undefined
}

/**
 * What all transformers have in common. `T` are the parameters, `S` what is learned, `R` rows as they are read, `X` what
 * is taken for rows, and `One` for a single one.
 */
export abstract class Transformer<T extends ParameterTable, S extends Features, R extends Rows, X, One> extends Learner<
  T,
  S
> {
  protected constructor(definition: Definition<T>, options: unknown) {
    super(definition, options)
  }

  /**
   * Learns from rows, in steps that let the event loop breathe; what was learned before goes.
   * @param x a table, or an (async) iterable of tables, which are read one after the other.
   * @throws ArgumentError for wrong data or options; the signal's reason when it is aborted: then nothing has changed.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: X | Batches<X>, y?: unknown, options: TransformerFitOptions = {}): Promise<this> {
    return this.exclusively('fit', async () => {
      const signal = this.readOptions(options, 'fit()')
      this.publish(isStream(x) ? await this.#fitStream(x, y, options) : await this.#learn(x as X, y, options, signal))
      return this
    })
  }

  /** `fit`, then `transform` of the same rows. */
  async fitTransform(x: X, y?: unknown, options: TransformerFitOptions = {}): Promise<Matrix> {
    await this.fit(x, y, options)
    return this.transform(x, { signal: options.signal })
  }

  /**
   * The rows as numbers, in steps that let the event loop breathe. All of them come from one state, whatever fit does
   * meanwhile.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: X, options: TransformOptions = {}): Promise<Matrix> {
    const signal = this.readOptions(options, 'transform()', ['signal'])
    const { out, rows, columns } = await this.#transformInto(Float32Array, x, signal)
    return new Matrix(out, rows, columns)
  }

  /**
   * One row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transformSync(row: One): Float32Array
  transformSync(table: X): Matrix
  transformSync(x: X | One): Float32Array | Matrix {
    const { out, rows, columns, isRow } = this.#transformSyncInto(Float32Array, x)
    return isRow ? out : new Matrix(out, rows, columns)
  }

  /** @internal */
  async [toDoubles](x: unknown, signal?: AbortSignal): Promise<Doubles> {
    const { out, rows, columns } = await this.#transformInto(Float64Array, x, signal)
    return new Doubles(out, rows, columns)
  }

  /** @internal */
  [toDoublesSync](x: unknown): Doubles {
    const { out, rows, columns, isRow } = this.#transformSyncInto(Float64Array, x)
    return new Doubles(out, rows, columns, isRow)
  }

  /** @internal */
  async [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles> {
    await this.fit(x as X, y, { signal })
    return this[toDoubles](x, signal)
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('tell nFeaturesIn').nFeaturesIn
  }

  /**
   * The names of the columns that it was fitted with, undefined where they had none.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get featureNamesIn(): string[] | undefined {
    const { featureNamesIn } = this.learned('tell featureNamesIn')
    return featureNamesIn && [...featureNamesIn]
  }

  /**
   * The names of the columns that transform gives; columns without names are x0, x1, ...
   * @param inputFeatures names of the columns of x, in place of those of fit.
   * @throws ArgumentError for another number of names; MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const state = this.learned('tell featureNamesOut')
    return this.namesOut(state, namesOf(state, inputFeatures))
  }

  /** Parameters and all that was learned, as plain JSON that `fromJSON` reads. */
  toJSON(): TransformerJson {
    const state = this.learnedSoFar
    const { name } = this.definition
    return toPlain({ kind: name, params: this.params, state: state ? this.record(state) : null }) as TransformerJson
  }

  protected override get fitCall(): string {
    return 'fit(x)'
  }

  /** Options of fit that this kind takes. */
  protected get fitOptions(): readonly string[] {
    return ['signal']
  }

  /** Whether fit takes batches, one after the other. */
  protected abstract readonly streams: boolean

  /** Reads rows, by the columns of `seen`. */
  protected abstract read(x: unknown, name: string, seen: S | undefined): R

  /** Reads what is a single row, else gives undefined. */
  protected abstract readRow(x: unknown, name: string, seen: S): R | undefined

  /** Learns from all rows, or where there is something before from one batch more. */
  protected abstract learn(rows: R, context: FitContext<S>): Work<S>

  protected abstract columnsOut(state: S): number

  /** Gives what writes rows [begin, end) of the result to `out`. */
  protected abstract transformer(state: S, rows: R, out: Out): (begin: number, end: number) => void

  protected namesOut(_state: S, names: string[]): string[] {
    return names
  }

  /** What was learned as JSON; NaN is allowed in it. */
  protected abstract record(state: S): object

  /** Checks what a file says was learned. */
  protected abstract restore(state: Record<string, unknown>): S

  /** What is kept of a state when the last batch is over. */
  protected finish(state: S): S {
    return state
  }

  /** One batch more. */
  protected learnMore(batch: X, options: TransformerFitOptions): Promise<this> {
    return this.exclusively('fit', async () => {
      const signal = this.readOptions(options, 'partialFit()')
      const before = this.learnedSoFar
      this.publish(await this.#learn(batch, undefined, options, signal, { streaming: true, before }))
      return this
    })
  }

  /** Fills a new transformer from JSON, which nobody vouches for. */
  protected adoptJson({ state }: TransformerJson): this {
    if (state) this.adopt(this.restore({ ...state }))
    return this
  }

  protected breathe<V>(work: Work<V>, signal: AbortSignal | undefined): Promise<V> {
    return runBreathing(work, signal)
  }

  protected readOptions(
    options: TransformerFitOptions,
    call: string,
    names = this.fitOptions,
  ): AbortSignal | undefined {
    return readSignal(options, `${call} of ${this.definition.name}`, names)
  }

  async #transformInto<O extends Out>(type: new (length: number) => O, x: unknown, signal: AbortSignal | undefined) {
    const state = this.learned('transform')
    const rows = this.read(x, 'x', state)
    const columns = this.columnsOut(state)
    const out = new type(rows.rows * columns)
    const step = this.transformer(state, rows, out)
    await runBreathing(rowBlocks(rows.rows, Math.max(rows.columns, columns), step), signal)
    return { out, rows: rows.rows, columns }
  }

  #transformSyncInto<O extends Out>(type: new (length: number) => O, x: unknown) {
    const state = this.learned('transform')
    const row = this.readRow(x, 'x', state)
    const rows = row ?? this.read(x, 'x', state)
    const columns = this.columnsOut(state)
    const out = new type(rows.rows * columns)
    this.transformer(state, rows, out)(0, rows.rows)
    return { out, rows: rows.rows, columns, isRow: row !== undefined }
  }

  async #learn(
    x: X,
    y: unknown,
    options: TransformerFitOptions,
    signal: AbortSignal | undefined,
    batches: Pick<FitContext<S>, 'streaming' | 'before'> = { streaming: false, before: undefined },
  ): Promise<S> {
    const rows = this.read(x, 'x', batches.before)
    const { sampleWeight } = options
    const weights = sampleWeight === undefined ? undefined : checkSampleWeight(sampleWeight, rows.rows, 'sampleWeight')
    return runBreathing(this.learn(rows, { y, weights, ...batches }), signal)
  }

  async #fitStream(x: Batches<unknown>, y: unknown, { sampleWeight, signal }: TransformerFitOptions): Promise<S> {
    const { name } = this.definition
    if (!this.streams) throw new ArgumentError(`Expected all rows at once for x: ${name} cannot learn from batches.`)
    if ((y !== undefined && y !== null) || sampleWeight !== undefined) {
      throw new ArgumentError(
        'Expected no y and no sampleWeight for rows in batches: call partialFit for each of them.',
      )
    }
    let state: S | undefined
    for await (const batch of x) {
      state = await this.#learn(batch as X, undefined, {}, signal, { streaming: true, before: state })
    }
    if (state) return this.finish(state)
    throw new ArgumentError('Expected at least one batch of rows for x, but there was none.')
  }
}

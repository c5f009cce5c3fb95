import { rowBlocks, runBreathing, runNow, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { checkSampleWeight } from '../base/sample-weight.js'
import { Learner } from '../learning/learner.js'
import type { Definition, ParameterTable } from '../learning/parameters.js'
import { Table } from '../table/table.js'
import type { Category } from './categories.js'
import { Doubles, type Out, RowBuffer } from './doubles.js'
import { fitToDoubles, toDoubles, toDoublesSync } from './float64.js'
import { type Features, isStream, namesOf, type Rows } from './input.js'
import { type TransformerJson, toPlain } from './json.js'
import type { NamedCells } from './named-cells.js'
import { readSignal, type TransformerFitOptions, type TransformOptions, transformKeys } from './transform-options.js'

/** Batches of rows in a sequence, of which memory need not hold more than one. */
export type Batches<X> = Iterable<X> | AsyncIterable<X>

/** The result of transformSync for a single row, by that for a table. */
export type RowOf<Result> = Result extends Table ? Category[] : Float32Array

/** Arguments of a fit beside the rows. */
export interface FitContext<S> {
  readonly y: unknown
  readonly weights: Float64Array | undefined
  /** Whether the rows are one batch of several. */
  readonly streaming: boolean
  /** The state after the batches before this one. */
  readonly before: S | undefined
}

/**
 * The base class of transformers: `T` is the table of parameters, `S` the learned state, `R` the form of rows after reading,
 * `X` the type of tables that users pass, `One` that of single rows, `Result` that of transform: a Table for words.
 */
export abstract class Transformer<
  T extends ParameterTable,
  S extends Features,
  R extends Rows,
  X,
  One,
  Result extends Matrix | Table = Matrix,
> extends Learner<T, S> {
  readonly #rowBuffer = new RowBuffer()

  protected constructor(definition: Definition<T>, options: unknown) {
    super(definition, options)
  }

  /**
   * Learns from rows, in steps between which the event loop runs. Replaces what was learned before.
   * @param x a table, or an (async) iterable of tables, which are read in turn.
   * @throws ArgumentError for wrong data or options; the signal's reason when it is aborted. Nothing changes then.
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
  async fitTransform(x: X, y?: unknown, options: TransformerFitOptions = {}): Promise<Result> {
    await this.fit(x, y, options)
    return this.transform(x, { signal: options.signal })
  }

  /**
   * The rows as numbers, in steps between which the event loop runs. A fit that runs meanwhile does not affect the result.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: X, options: TransformOptions = {}): Promise<Result> {
    const signal = this.readOptions(options, 'transform()', transformKeys)
    const result = await this.#transformInto(Float32Array, x, signal)
    return (result instanceof Table ? result : new Matrix(result.out, result.rows, result.columns)) as Result
  }

  /**
   * One row, or the rows of a table, synchronously.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transformSync(row: One): RowOf<Result>
  transformSync(table: X): Result
  transformSync(x: X | One): RowOf<Result> | Result {
    const state = this.learned('transform')
    const row = this.readRow(x, 'x', state)
    const result = row
      ? (this.wordsOfRow(state, row)?.entriesOf(0) ?? this.#writeNow(Float32Array, state, row).out)
      : this.#transformNow(Float32Array, state, x, ({ out, rows, columns }) => new Matrix(out, rows, columns))
    return result as RowOf<Result> | Result
  }

  /** @internal */
  async [toDoubles](x: unknown, signal?: AbortSignal): Promise<Doubles | Table> {
    const result = await this.#transformInto(Float64Array, x, signal)
    return result instanceof Table ? result : new Doubles(result.out, result.rows, result.columns)
  }

  /** @internal */
  [toDoublesSync](x: unknown): Doubles | Table | NamedCells {
    const state = this.learned('transform')
    const row = this.readRow(x, 'x', state)
    if (!row) {
      return this.#transformNow(Float64Array, state, x, ({ out, rows, columns }) => new Doubles(out, rows, columns))
    }
    const words = this.wordsOfRow(state, row)
    if (words) return words
    const out = this.#rowBuffer.zeros(this.columnsOut(state))
    this.transformer(state, row, out)(0, 1)
    return new Doubles(out, 1, out.length, true)
  }

  /** @internal */
  async [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles | Table> {
    await this.fit(x as X, y, { signal })
    return this[toDoubles](x, signal)
  }

  /**
   * The number of columns in fit.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('read nFeaturesIn').nFeaturesIn
  }

  /**
   * The names of the columns in fit; undefined if they had none.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get featureNamesIn(): string[] | undefined {
    const { featureNamesIn } = this.learned('read featureNamesIn')
    return featureNamesIn && [...featureNamesIn]
  }

  /**
   * The names of the result's columns; columns of x without names are x0, x1, ...
   * @param inputFeatures names of the columns of x, for a fit of rows without names. Names in fit must be these.
   * @throws ArgumentError for a wrong number of names or other names than in fit; MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const state = this.learned('read featureNamesOut')
    return this.namesOut(state, namesOf(state, inputFeatures))
  }

  protected override summary({ nFeaturesIn, featureNamesIn }: S): Record<string, unknown> {
    return { nFeaturesIn, ...(featureNamesIn && { featureNamesIn }) }
  }

  /** Parameters and learned state as plain JSON, which `fromJSON` reads. */
  toJSON(): TransformerJson {
    const state = this.learnedSoFar
    const { name } = this.definition
    return toPlain({ kind: name, params: this.params, state: state ? this.record(state) : null }) as TransformerJson
  }

  protected override get fitCall(): string {
    return 'fit(x)'
  }

  /** The options that fit takes. */
  protected get fitOptions(): readonly string[] {
    return transformKeys
  }

  /** Whether fit takes batches. */
  protected abstract readonly streams: boolean

  /** Reads rows; after fit their columns must be those of `fitFeatures`. */
  protected abstract read(x: unknown, name: string, fitFeatures: S | undefined): Work<R>

  /** Reads rows of fit, or one more batch. */
  protected readToLearn(x: unknown, before: S | undefined): Work<R> {
    return this.read(x, 'x', before)
  }

  /** Reads a single row; returns undefined for a table. */
  protected abstract readRow(x: unknown, name: string, fitFeatures: S): R | undefined

  /** Learns from all rows, or in addition to `context.before` from one more batch. */
  protected abstract learn(rows: R, context: FitContext<S>): Work<S>

  protected abstract columnsOut(state: S): number

  /** Returns a function that writes rows [begin, end) of the result to `out`. */
  protected abstract transformer(state: S, rows: R, out: Out): (begin: number, end: number) => void

  /** The result for a table of words; undefined where results are numbers, which `transformer` writes. */
  protected words(_state: S, _rows: R): Work<Table> | undefined {
    return undefined
  }

  /** The result for a single row of words, likewise. */
  protected wordsOfRow(_state: S, _row: R): NamedCells | undefined {
    return undefined
  }

  protected namesOut(_state: S, names: string[]): string[] {
    return names
  }

  /** The learned state as JSON; it may hold NaN. */
  protected abstract record(state: S): object

  /** Checks a learned state that comes from a file. */
  protected abstract restore(state: Record<string, unknown>): S

  /** The state to keep after the last batch. */
  protected finish(state: S): S {
    return state
  }

  /** partialFit: learns from one more batch. */
  protected learnMore(batch: X, options: TransformerFitOptions): Promise<this> {
    return this.exclusively('fit', async () => {
      const signal = this.readOptions(options, 'partialFit()')
      const before = this.learnedSoFar
      this.publish(await this.#learn(batch, undefined, options, signal, { streaming: true, before }))
      return this
    })
  }

  /** Fills a new transformer from JSON that may be corrupt. */
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
    const rows = await runBreathing(this.read(x, 'x', state), signal)
    const words = this.words(state, rows)
    if (words) return runBreathing(words, signal)
    const columns = this.columnsOut(state)
    const out = new type(rows.rows * columns)
    const step = this.transformer(state, rows, out)
    await runBreathing(rowBlocks(rows.rows, Math.max(rows.columns, columns), step), signal)
    return { out, rows: rows.rows, columns }
  }

  /** Transforms a table on the spot; `wrap` makes numbers the result. */
  #transformNow<O extends Out, V>(
    type: new (length: number) => O,
    state: S,
    x: unknown,
    wrap: (numbers: { out: O; rows: number; columns: number }) => V,
  ): V | Table {
    const rows = runNow(this.read(x, 'x', state))
    const words = this.words(state, rows)
    return words ? runNow(words) : wrap(this.#writeNow(type, state, rows))
  }

  #writeNow<O extends Out>(type: new (length: number) => O, state: S, rows: R) {
    const columns = this.columnsOut(state)
    const out = new type(rows.rows * columns)
    this.transformer(state, rows, out)(0, rows.rows)
    return { out, rows: rows.rows, columns }
  }

  async #learn(
    x: X,
    y: unknown,
    options: TransformerFitOptions,
    signal: AbortSignal | undefined,
    batches: Pick<FitContext<S>, 'streaming' | 'before'> = { streaming: false, before: undefined },
  ): Promise<S> {
    const rows = await runBreathing(this.readToLearn(x, batches.before), signal)
    const { sampleWeight } = options
    const weights = sampleWeight === undefined ? undefined : checkSampleWeight(sampleWeight, rows.rows, 'sampleWeight')
    return runBreathing(this.learn(rows, { y, weights, ...batches }), signal)
  }

  async #fitStream(x: Batches<unknown>, y: unknown, { sampleWeight, signal }: TransformerFitOptions): Promise<S> {
    const { name } = this.definition
    if (!this.streams) throw new ArgumentError(`Expected all rows at once for x: ${name} cannot learn from batches.`)
    if ((y !== undefined && y !== null) || sampleWeight !== undefined) {
      throw new ArgumentError(
        'Expected no y and no sampleWeight with batches of rows. Call partialFit with each batch instead.',
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

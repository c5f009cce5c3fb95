import { runBreathing, runNow } from '../base/breathing.js'
import { checkOptions, keysOf } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { Learner } from '../learning/learner.js'
import { booleanParameter, type Definition, type OptionsOf } from '../learning/parameters.js'
import type { Table } from '../table/table.js'
import type { CategoricalInput, CategoricalRow } from './categories.js'
import { readCells } from './cells.js'
import { type ColumnState, recordParams, recordState, restoreParams, restoreState } from './column-json.js'
import { type ColumnPart, copy, remainderParameter, routeColumns, transformersParameter } from './column-parts.js'
import { joinRow, numbersOfPart, sideBySide, toFitTable, toNamedRow, toTable } from './column-tables.js'
import { type Doubles, RowBuffer } from './doubles.js'
import { cellsOf, columnsOf, type FittedPart, passThrough, resultNames, selectParts } from './fitted-parts.js'
import {
  fitToDoubles,
  fitTransformDoubles,
  toDoubles,
  toDoublesSync,
  transformDoubles,
  transformDoublesSync,
} from './float64.js'
import { featuresOf, namesOf, type ObjectRows } from './input.js'
import { readTransformerJson, type TransformerJson, toPlain } from './json.js'
import { simpleTransformerFrom } from './kinds.js'
import type { NamedCells } from './named-cells.js'
import { readSignal, type TransformOptions } from './transform-options.js'
import { type PartParams, paramsOfPart, setPartParams, type TransformerLike } from './transformer-like.js'

const columnTransformerParameters = {
  transformers: transformersParameter,
  remainder: remainderParameter,
  verboseFeatureNamesOut: booleanParameter(true, {
    description:
      'Whether the names of results begin with the name of the part: num__age. If not, all names must differ.',
  }),
}
type ColumnTransformerParameters = typeof columnTransformerParameters
const definition: Definition<ColumnTransformerParameters> = {
  name: 'ColumnTransformer',
  parameters: columnTransformerParameters,
}

/** Options of `new ColumnTransformer`. */
export type ColumnTransformerOptions = OptionsOf<typeof ColumnTransformer.parameters>

/** Rows for a ColumnTransformer: a table with columns of any kinds, plain objects, or rows of numbers, strings and booleans. */
export type TableInput = CategoricalInput | ObjectRows

/**
 * Applies transformers to groups of columns and puts their results side by side, in the order of the parts. It fits clones:
 * the transformers in its parameters do not change.
 *
 * Source: scikit-learn 1.9's ColumnTransformer.
 * @example
 * const columns = new preprocessing.ColumnTransformer({
 *   transformers: [
 *     ['num', new preprocessing.StandardScaler(), ['age']],
 *     ['cat', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), ['job']],
 *   ],
 * })
 * await columns.fit([{ age: 20, job: 'cook' }, { age: 40, job: 'clerk' }])
 * columns.featureNamesOut() // ['num__age', 'cat__job_clerk', 'cat__job_cook']
 * columns.transformSync({ age: 30, job: 'cook' }) // [0, 0, 1]
 */
export class ColumnTransformer extends Learner<ColumnTransformerParameters, ColumnState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = columnTransformerParameters
  readonly #rowBuffer = new RowBuffer()

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: ColumnTransformerOptions = {}) {
    const hint = 'Its parts are an option: { transformers: [[name, transformer, columns], ...] }.'
    checkOptions(options, definition.name, keysOf(columnTransformerParameters), hint)
    super(definition, options)
  }

  /**
   * @param restore reads the JSON of a part; by default a transformer of `preprocessing`.
   * @throws ArgumentError that says what is wrong with the JSON.
   */
  static fromJSON(json: unknown, restore: (json: unknown) => TransformerLike = restorePart): ColumnTransformer {
    const { params, state } = readTransformerJson(json, definition.name)
    const transformer = new ColumnTransformer(restoreParams(params, restore))
    if (state) transformer.adopt(restoreState(state, restore))
    return transformer
  }

  /** Every parameter, with those of the parts and of the remainder: `num` and `num.withMean`. */
  override getParams(): ReturnType<Learner<ColumnTransformerParameters, ColumnState>['getParams']> & PartParams {
    const params = super.getParams()
    const parts = [
      ...params.transformers.map(([name, part]) => [name, part] as const),
      ['remainder', params.remainder] as const,
    ]
    return Object.assign({}, ...parts.map(([name, part]) => paramsOfPart(name, part)), params)
  }

  /**
   * Changes parameters, parameters of parts, `{ 'num.withMean': false }`, or whole parts, `{ num: new MinMaxScaler() }`.
   * @throws ArgumentError as the constructor does; then nothing has changed. MlpError ERR_BUSY during fit.
   */
  override setParams(params: ColumnTransformerOptions & PartParams): this {
    const { params: changed, partParams } = routeColumns(this.params.transformers, params)
    const before = { ...this.params }
    super.setParams(changed)
    const parts = new Map(this.params.transformers.map(([name, part]) => [name, part]))
    parts.set('remainder', this.params.remainder)
    setPartParams(parts, partParams, () => super.setParams(before))
    return this
  }

  override clone(): this {
    const { transformers, remainder, verboseFeatureNamesOut } = this.params
    const copies = transformers.map(([name, part, columns]): ColumnPart => [name, copy(part), columns])
    return new ColumnTransformer({ transformers: copies, remainder: copy(remainder), verboseFeatureNamesOut }) as this
  }

  /**
   * Learns from all rows. Replaces what was learned before.
   * @throws as the parts' fit does; ArgumentError for missing columns.
   */
  fit(x: TableInput, y?: unknown, options: TransformOptions = {}): Promise<this> {
    return this.exclusively('fit', async () => {
      const signal = readSignal(options, 'fit() of ColumnTransformer')
      const table = await runBreathing(toFitTable(x), signal)
      const parts = selectParts(this.params, table)
      const fitted = await inTurn(parts, async (part) => {
        if (part.transformer === 'passthrough') await runBreathing(readCells(columnsOf(table, part), 'x'), signal)
        else await part.transformer.fit(columnsOf(table, part), y, { signal })
        return part
      })
      this.publish({ ...featuresOf(table.features), parts: fitted })
      return this
    })
  }

  /** `fit`, then the results of the parts' `fitTransform` for the same rows. */
  async fitTransform(x: TableInput, y?: unknown, options: TransformOptions = {}): Promise<Matrix> {
    return (await this[fitToDoubles](x, y, readSignal(options, 'fitTransform() of ColumnTransformer'))).toMatrix()
  }

  /**
   * The rows as numbers. Tables need the columns of the parts only.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: TableInput, options: TransformOptions = {}): Promise<Matrix> {
    return (await this[toDoubles](x, readSignal(options, 'transform() of ColumnTransformer'))).toMatrix()
  }

  /**
   * One row, or the rows of a table, synchronously.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transformSync(row: CategoricalRow): Float32Array
  transformSync(table: TableInput): Matrix
  transformSync(x: TableInput | CategoricalRow): Float32Array | Matrix {
    return this[toDoublesSync](x).toResult()
  }

  /** @internal */
  async [toDoubles](x: unknown, signal?: AbortSignal): Promise<Doubles> {
    const state = this.learned('transform')
    const table = await runBreathing(toTable(x, state), signal)
    const outs = await inTurn(state.parts, async (part) => {
      if (part.transformer === 'passthrough') return runBreathing(passThrough(columnsOf(table, part)), signal)
      return numbersOfPart(part.name, await transformDoubles(part.transformer, columnsOf(table, part), signal))
    })
    return runBreathing(sideBySide(outs, table.features.rows), signal)
  }

  /** @internal */
  [toDoublesSync](x: unknown): Doubles {
    const state = this.learned('transform')
    const row = toNamedRow(x, state)
    if (row)
      return joinRow(
        state.parts.map((part) => transformPart(part, cellsOf(row, part))),
        this.#rowBuffer,
      )
    const table = runNow(toTable(x, state))
    const outs = state.parts.map((part) => transformPart(part, columnsOf(table, part)))
    return runNow(sideBySide(outs, table.features.rows))
  }

  /** @internal */
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles> {
    return this.exclusively('fit', async () => {
      const table = await runBreathing(toFitTable(x), signal)
      const parts = selectParts(this.params, table)
      const outs = await inTurn(parts, async (part) => {
        if (part.transformer === 'passthrough') return runBreathing(passThrough(columnsOf(table, part)), signal)
        return numbersOfPart(part.name, await fitTransformDoubles(part.transformer, columnsOf(table, part), y, signal))
      })
      this.publish({ ...featuresOf(table.features), parts })
      return runBreathing(sideBySide(outs, table.features.rows), signal)
    })
  }

  /**
   * The number of columns in fit.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('read nFeaturesIn').nFeaturesIn
  }

  /** The names of the columns in fit; undefined if they had none. */
  get featureNamesIn(): string[] | undefined {
    const { featureNamesIn } = this.learned('read featureNamesIn')
    return featureNamesIn && [...featureNamesIn]
  }

  /** The fitted transformers, by name. */
  get namedTransformers(): Record<string, TransformerLike | 'passthrough'> {
    const { parts } = this.learned('read namedTransformers')
    return Object.fromEntries(parts.map(({ name, transformer }) => [name, transformer]))
  }

  /**
   * The names of the result's columns.
   * @param inputFeatures names of the columns of x, for a fit of rows without names. Names in fit must be these.
   * @throws ArgumentError for equal names without verboseFeatureNamesOut; MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const state = this.learned('read featureNamesOut')
    return resultNames(state.parts, namesOf(state, inputFeatures), this.params.verboseFeatureNamesOut)
  }

  protected override summary({ nFeaturesIn, featureNamesIn }: ColumnState): Record<string, unknown> {
    return { nFeaturesIn, ...(featureNamesIn && { featureNamesIn }) }
  }

  /** Parameters and learned state as plain JSON, which `fromJSON` reads; selecting functions become lists of columns. */
  toJSON(): TransformerJson {
    const state = this.learnedSoFar
    return {
      kind: definition.name,
      params: toPlain(recordParams(this.params, state)),
      state: state ? toPlain(recordState(state)) : null,
    } as TransformerJson
  }

  protected override get fitCall(): string {
    return 'fit(x)'
  }
}

/** The result of a part, on the spot. */
function transformPart({ name, transformer }: FittedPart, x: Table | NamedCells): Doubles {
  return transformer === 'passthrough'
    ? runNow(passThrough(x))
    : numbersOfPart(name, transformDoublesSync(transformer, x))
}

async function inTurn<P, R>(parts: readonly P[], work: (part: P) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const part of parts) results.push(await work(part))
  return results
}

/** Any transformer of `preprocessing`. */
function restorePart(json: unknown): TransformerLike {
  const { kind } = Object(json) as { kind?: unknown }
  return kind === definition.name ? ColumnTransformer.fromJSON(json) : simpleTransformerFrom(json)
}

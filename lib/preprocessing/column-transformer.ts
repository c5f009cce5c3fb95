import { describe, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { Learner } from '../learning/learner.js'
import { booleanParameter, type Definition, type OptionsOf } from '../learning/parameters.js'
import type { CategoricalInput, CategoricalRow } from './categories.js'
import { readCells } from './cells.js'
import { type ColumnState, recordParams, recordState, restoreParams, restoreState } from './column-json.js'
import { type ColumnPart, copy, remainderParameter, routeColumns, transformersParameter } from './column-parts.js'
import { sideBySide, toTable } from './column-tables.js'
import { Doubles } from './doubles.js'
import { columnsOf, passThrough, resultNames, selectParts } from './fitted-parts.js'
import {
  fitToDoubles,
  fitTransformDoubles,
  toDoubles,
  toDoublesSync,
  transformDoubles,
  transformDoublesSync,
} from './float64.js'
import { featuresOf, isObject, namesOf, type ObjectRows } from './input.js'
import { readTransformerJson, type TransformerJson, toPlain } from './json.js'
import { simpleTransformerFrom } from './kinds.js'
import { readSignal, type TransformOptions } from './transform-options.js'
import { type PartParams, paramsOfPart, type TransformerLike } from './transformer-like.js'

const columnTransformerParameters = {
  transformers: transformersParameter,
  remainder: remainderParameter,
  verboseFeatureNamesOut: booleanParameter(true, {
    description: 'Whether names of results begin with that of the transformer: num__age; without it all must differ.',
  }),
}
type ColumnTransformerParameters = typeof columnTransformerParameters
const definition: Definition<ColumnTransformerParameters> = {
  name: 'ColumnTransformer',
  parameters: columnTransformerParameters,
}

/** What `new ColumnTransformer` takes. */
export type ColumnTransformerOptions = OptionsOf<typeof ColumnTransformer.parameters>

/** Rows for a ColumnTransformer: a table of any kinds, plain objects, or rows of numbers, strings and booleans. */
export type TableInput = CategoricalInput | ObjectRows

/**
 * Transformers side by side, each for its own columns; their results stand next to each other in the order of the parts. It learns
 * with clones: the transformers that it is given stay as they were.
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

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: ColumnTransformerOptions = {}) {
    super(definition, options)
  }

  /**
   * @param restore reads the JSON of a part; without it parts are transformers of this group.
   * @throws ArgumentError that says what is wrong with the JSON.
   */
  static fromJSON(json: unknown, restore: (json: unknown) => TransformerLike = restorePart): ColumnTransformer {
    const { params, state } = readTransformerJson(json, definition.name)
    const made = new ColumnTransformer(restoreParams(params, restore))
    if (state) made.adopt(restoreState(state, restore))
    return made
  }

  /** Every parameter, also those of the parts and of the remainder: `num` and `num.withMean`. */
  override getParams(): ReturnType<Learner<ColumnTransformerParameters, ColumnState>['getParams']> & PartParams {
    const own = super.getParams()
    const parts = [
      ...own.transformers.map(([name, part]) => [name, part] as const),
      ['remainder', own.remainder] as const,
    ]
    return Object.assign({}, ...parts.map(([name, part]) => paramsOfPart(name, part)), own)
  }

  /**
   * Changes parameters, also those of parts, `{ 'num.withMean': false }`, or whole parts, `{ num: new MinMaxScaler() }`.
   * @throws ArgumentError as the constructor does; MlpError ERR_BUSY during fit.
   */
  override setParams(params: ColumnTransformerOptions & PartParams): this {
    const { own, theirs } = routeColumns(this.params.transformers, params)
    super.setParams(own)
    const parts = new Map(this.params.transformers.map(([name, part]) => [name, part]))
    parts.set('remainder', this.params.remainder)
    for (const [name, values] of theirs) {
      const part = parts.get(name)
      if (!part || typeof part === 'string') throw mismatch(name, 'a transformer, which has parameters', describe(part))
      part.setParams(values)
    }
    return this
  }

  override clone(): this {
    const { transformers: parts, remainder: rest, verboseFeatureNamesOut } = this.params
    const copied = parts.map(([name, part, columns]): ColumnPart => [name, copy(part), columns])
    return new ColumnTransformer({ transformers: copied, remainder: copy(rest), verboseFeatureNamesOut }) as this
  }

  /**
   * Learns from all rows; what was learned before goes.
   * @throws as the parts' own fit does; ArgumentError for columns that are not there.
   */
  fit(x: TableInput, y?: unknown, options: TransformOptions = {}): Promise<this> {
    return this.exclusively('fit', async () => {
      const signal = readSignal(options, 'fit() of ColumnTransformer')
      const table = toTable(x, undefined)
      const parts = selectParts(this.params, table)
      const fitted = await inTurn(parts, async (part) => {
        if (part.transformer === 'passthrough') readCells(columnsOf(table, part), `the columns of ${part.name}`)
        else await part.transformer.fit(columnsOf(table, part), y, { signal })
        return part
      })
      this.publish({ ...featuresOf(table.features), parts: fitted })
      return this
    })
  }

  /** `fit`, then what the parts' own `fitTransform` make of the same rows. */
  async fitTransform(x: TableInput, y?: unknown, options: TransformOptions = {}): Promise<Matrix> {
    return (await this[fitToDoubles](x, y, readSignal(options, 'fitTransform() of ColumnTransformer'))).toMatrix()
  }

  /**
   * The rows as numbers. Of a table it needs the columns of the parts alone.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: TableInput, options: TransformOptions = {}): Promise<Matrix> {
    return (await this[toDoubles](x, readSignal(options, 'transform() of ColumnTransformer'))).toMatrix()
  }

  /**
   * One row, or those of a table, on the spot.
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
    const table = toTable(x, state)
    const outs = await inTurn(state.parts, async (part) => {
      if (part.transformer === 'passthrough') return passThrough(table, part)
      return transformDoubles(part.transformer, columnsOf(table, part), signal)
    })
    return sideBySide(outs, table.features.rows)
  }

  /** @internal */
  [toDoublesSync](x: unknown): Doubles {
    const state = this.learned('transform')
    const isFlat = Array.isArray(x) && (x[0] === null || typeof x[0] !== 'object')
    const isRow = isObject(x) || isFlat || (x instanceof Doubles && x.isRow)
    const table = toTable(isObject(x) || isFlat ? [x] : x, state)
    const outs = state.parts.map((part) => {
      if (part.transformer === 'passthrough') return passThrough(table, part)
      return transformDoublesSync(part.transformer, columnsOf(table, part))
    })
    return sideBySide(outs, table.features.rows, isRow)
  }

  /** @internal */
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles> {
    return this.exclusively('fit', async () => {
      const table = toTable(x, undefined)
      const parts = selectParts(this.params, table)
      const outs = await inTurn(parts, async (part) => {
        if (part.transformer === 'passthrough') return passThrough(table, part)
        return fitTransformDoubles(part.transformer, columnsOf(table, part), y, signal)
      })
      this.publish({ ...featuresOf(table.features), parts })
      return sideBySide(outs, table.features.rows)
    })
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('tell nFeaturesIn').nFeaturesIn
  }

  /** The names of the columns that it was fitted with, undefined where they had none. */
  get featureNamesIn(): string[] | undefined {
    const { featureNamesIn } = this.learned('tell featureNamesIn')
    return featureNamesIn && [...featureNamesIn]
  }

  /** The transformers that have learned, by their names. */
  get namedTransformers(): Record<string, TransformerLike | 'passthrough'> {
    const { parts } = this.learned('tell namedTransformers')
    return Object.fromEntries(parts.map(({ name, transformer }) => [name, transformer]))
  }

  /**
   * The names of the columns that transform gives.
   * @param inputFeatures names of the columns of x, in place of those of fit.
   * @throws ArgumentError where two are the same without verboseFeatureNamesOut; MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const state = this.learned('tell featureNamesOut')
    return resultNames(state.parts, namesOf(state, inputFeatures), this.params.verboseFeatureNamesOut)
  }

  /** Parameters and all that was learned, as plain JSON that `fromJSON` reads; functions that select columns become columns. */
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

/** One after the other. */
async function inTurn<P, R>(parts: readonly P[], work: (part: P) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const part of parts) results.push(await work(part))
  return results
}

/** Any transformer of this group. */
function restorePart(json: unknown): TransformerLike {
  const { kind } = Object(json) as { kind?: unknown }
  return kind === definition.name ? ColumnTransformer.fromJSON(json) : simpleTransformerFrom(json)
}

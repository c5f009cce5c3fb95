import { rowBlocks, type Work } from '../base/breathing.js'
import { checkNumber, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { booleanParameter, type Definition, type OptionsOf, type Parameter } from '../learning/parameters.js'
import { readState, restoreCount, restoreNumbers } from '../learning/restore.js'
import type { Cells } from './cells.js'
import { type Features, featuresOf, type NumericInput } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { type CellFunction, Scaler, withoutZeros } from './scaler.js'
import type { TransformOptions } from './transform-options.js'
import type { FitContext } from './transformer.js'

const featureRange: Parameter<readonly [number, number]> = {
  default: Object.freeze([0, 1] as const),
  description: 'The range to scale columns to: the new minimum and maximum.',
  takes: 'two finite numbers, the first one below the second',
  read(value, name) {
    if (!Array.isArray(value) || value.length !== 2) throw invalid(name, featureRange.takes, value)
    const [low, high] = value.map((edge, i) => checkNumber(edge, `${name}[${i}]`)) as [number, number]
    if (low < high) return Object.freeze([low, high] as const)
    throw new ArgumentError(`Expected ${featureRange.takes} for ${name}, but got [${low}, ${high}].`)
  },
}

const minMaxScalerParameters = {
  featureRange,
  clip: booleanParameter(false, { description: 'Whether results outside of the range are clipped to it.' }),
}
type MinMaxScalerParameters = typeof minMaxScalerParameters
const definition: Definition<MinMaxScalerParameters> = { name: 'MinMaxScaler', parameters: minMaxScalerParameters }

/** Options of `new MinMaxScaler`: scikit-learn's parameters. */
export type MinMaxScalerOptions = OptionsOf<typeof MinMaxScaler.parameters>

interface MinMaxState extends Features {
  /** NaN for a column without any number. */
  readonly dataMin: Float64Array
  readonly dataMax: Float64Array
  readonly rows: number
}

/**
 * Scales columns to a range: z = low + (x - min) (high - low) / (max - min), with the minimum and maximum in fit. Missing numbers
 * (NaN) do not count and stay missing; a constant column becomes `low`.
 *
 * Source: scikit-learn 1.9's MinMaxScaler.
 * @example
 * const scaler = await new preprocessing.MinMaxScaler().fit([[1], [3]])
 * await scaler.transform([[2], [5]]) // [[0.5], [2]]
 */
export class MinMaxScaler extends Scaler<MinMaxScalerParameters, MinMaxState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = minMaxScalerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: MinMaxScalerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): MinMaxScaler {
    const read = readTransformerJson(json, definition.name)
    return new MinMaxScaler(read.params).adoptJson(read)
  }

  /**
   * Learns from one more batch. The result is that of a fit of all batches at once.
   * @throws as fit does.
   */
  partialFit(x: NumericInput, options: TransformOptions = {}): Promise<this> {
    return this.learnMore(x, options)
  }

  /** The minimum of each column. */
  get dataMin(): Float64Array {
    return this.learned('read dataMin').dataMin.slice()
  }

  /** The maximum of each column. */
  get dataMax(): Float64Array {
    return this.learned('read dataMax').dataMax.slice()
  }

  /** dataMax - dataMin. */
  get dataRange(): Float64Array {
    const { dataMin, dataMax } = this.learned('read dataRange')
    return dataMax.map((max, j) => max - dataMin[j]!)
  }

  /** The factor of each column: z = x scale + min. */
  get scale(): Float64Array {
    return this.#line(this.learned('read the scale')).scale
  }

  /** The offset of each column: z = x scale + min. */
  get min(): Float64Array {
    return this.#line(this.learned('read min')).min
  }

  /** The number of rows in fit. */
  get nSamplesSeen(): number {
    return this.learned('read nSamplesSeen').rows
  }

  protected *learn(cells: Cells, { before }: FitContext<MinMaxState>): Work<MinMaxState> {
    const { data, rows, columns } = cells
    const dataMin = before ? before.dataMin.slice() : new Float64Array(columns).fill(Number.NaN)
    const dataMax = before ? before.dataMax.slice() : new Float64Array(columns).fill(Number.NaN)
    yield* rowBlocks(rows, columns, (begin, end) => {
      for (let k = begin * columns; k < end * columns; k++) {
        const [value, j] = [data[k]!, k % columns]
        if (Number.isNaN(value)) continue
        if (!(value >= dataMin[j]!)) dataMin[j] = value
        if (!(value <= dataMax[j]!)) dataMax[j] = value
      }
    })
    return { ...(before ?? featuresOf(cells)), dataMin, dataMax, rows: rows + (before?.rows ?? 0) }
  }

  protected forwards(state: MinMaxState): CellFunction {
    const { scale, min } = this.#line(state)
    const { clip, featureRange } = this.params
    const [low, high] = clip ? featureRange : [-Infinity, Infinity]
    return (value, j) => Math.min(Math.max(value * scale[j]! + min[j]!, low), high)
  }

  protected backwards(state: MinMaxState): CellFunction {
    const { scale, min } = this.#line(state)
    return (value, j) => (value - min[j]!) / scale[j]!
  }

  protected record({ dataMin, dataMax, rows, ...features }: MinMaxState): object {
    return { ...recordFeatures(features), dataMin, dataMax, rows }
  }

  protected restore(json: Record<string, unknown>): MinMaxState {
    const state = readState(json, [...featureKeys, 'dataMin', 'dataMax', 'rows'])
    const features = restoreFeatures(state)
    const dataMin = restoreNumbers(state.dataMin, 'dataMin', { length: features.nFeaturesIn, nan: true })
    const dataMax = restoreNumbers(state.dataMax, 'dataMax', { length: features.nFeaturesIn, nan: true })
    for (const [j, min] of dataMin.entries()) {
      if (Number.isNaN(min) ? Number.isNaN(dataMax[j]) : min <= dataMax[j]!) continue
      throw new ArgumentError(`Expected dataMax[${j}] of at least ${min}, but got ${dataMax[j]}.`)
    }
    return { ...features, dataMin, dataMax, rows: restoreCount(state.rows, 'rows', { min: 1 }) }
  }

  #line({ dataMin, dataMax }: MinMaxState) {
    const [low, high] = this.params.featureRange
    const scale = dataMax.map((max, j) => (high - low) / withoutZeros(max - dataMin[j]!))
    return { scale, min: dataMin.map((min, j) => low - min * scale[j]!) }
  }
}

import type { Work } from '../base/breathing.js'
import { checkNumber, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { booleanParameter, type Definition, type OptionsOf, type Parameter } from '../learning/parameters.js'
import { readState, restoreNumbers } from '../learning/restore.js'
import { normalQuantile } from '../math/normal.js'
import { quantileOf } from '../math/percentiles.js'
import type { Cells } from './cells.js'
import { type Features, featuresOf, type NumericInput } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import type { QuantileSketch } from './quantile-sketch.js'
import { type CellFunction, Scaler, withoutZeros } from './scaler.js'
import { addSketches, checkSketches, restoreSketches } from './sketches.js'
import { sortedColumn } from './sorted-column.js'
import type { TransformOptions } from './transform-options.js'
import type { FitContext } from './transformer.js'

const quantileRange: Parameter<readonly [number, number]> = {
  default: Object.freeze([25, 75] as const),
  description: 'The two percentiles whose difference is the scale.',
  takes: 'two numbers from 0 to 100, the first one not above the second',
  read(value, name) {
    if (!Array.isArray(value) || value.length !== 2) throw invalid(name, quantileRange.takes, value)
    const range = { min: 0, max: 100 }
    const [low, high] = value.map((percentile, i) => checkNumber(percentile, `${name}[${i}]`, range)) as [
      number,
      number,
    ]
    if (low <= high) return Object.freeze([low, high] as const)
    throw new ArgumentError(`Expected ${quantileRange.takes} for ${name}, but got [${low}, ${high}].`)
  },
}

const robustScalerParameters = {
  withCentering: booleanParameter(true, { description: 'Whether to subtract the median.' }),
  withScaling: booleanParameter(true, { description: 'Whether to divide by the scale.' }),
  quantileRange,
  unitVariance: booleanParameter(false, {
    description: 'Whether to scale so that a normal distribution has variance 1.',
  }),
  smoothClip: booleanParameter(false, {
    description: 'Whether to clip smoothly to within -3 and 3: z / sqrt(1 + (z / 3)²).',
  }),
}
type RobustScalerParameters = typeof robustScalerParameters

function check({
  unitVariance,
  quantileRange: [low, high],
}: {
  unitVariance: boolean
  quantileRange: readonly number[]
}) {
  if (!unitVariance || (low! > 0 && high! < 100 && low! < high!)) return
  throw new ArgumentError(
    `Expected two percentiles above 0 and below 100 for quantileRange with unitVariance, but got [${low}, ${high}].`,
  )
}

const definition: Definition<RobustScalerParameters> = {
  name: 'RobustScaler',
  parameters: robustScalerParameters,
  check,
}

/** Options of `new RobustScaler`: scikit-learn's parameters and `smoothClip`. */
export type RobustScalerOptions = OptionsOf<typeof RobustScaler.parameters>

interface RobustState extends Features {
  readonly center: Float64Array
  readonly scale: Float64Array
  /** Only after learning from batches. */
  readonly sketches: readonly QuantileSketch[] | undefined
}

/** The limit of smoothClip. */
const bound = 3

/**
 * Scales columns by median and quartiles, which are robust to outliers: z = (x - median) / (q75 - q25). Missing numbers (NaN) do
 * not count and stay missing; a column of equal quartiles is centered only. With `smoothClip` the result is
 * z / sqrt(1 + (z / 3)²), which is close to z around 0 and stays within -3 and 3.
 *
 * `partialFit` and a fit of batches take the quantiles from sketches: exact up to 8,192 numbers in a column, beyond that with a
 * bounded error (`docs/preprocessing.md`).
 *
 * Source: scikit-learn 1.9's RobustScaler; smooth clipping by Holzmüller, Grinsztajn and Steinwart 2024 (RealMLP).
 * @example
 * const scaler = await new preprocessing.RobustScaler().fit([[1], [2], [3], [4], [1000]])
 * scaler.center // Float64Array [3]
 * await scaler.transform([[5]]) // [[1]]
 */
export class RobustScaler extends Scaler<RobustScalerParameters, RobustState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = robustScalerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that contradict each other. */
  constructor(options: RobustScalerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): RobustScaler {
    const read = readTransformerJson(json, definition.name)
    return new RobustScaler(read.params).adoptJson(read)
  }

  /**
   * Learns from one more batch.
   * @throws as fit does; ArgumentError after a fit of all rows at once, which keeps only quantiles.
   */
  partialFit(x: NumericInput, options: TransformOptions = {}): Promise<this> {
    return this.learnMore(x, options)
  }

  /** The median of each column, NaN for a column without numbers; null without withCentering. */
  get center(): Float64Array | null {
    const { center } = this.learned('read the center')
    return this.params.withCentering ? center.slice() : null
  }

  /** The divisor of each column; null without withScaling. */
  get scale(): Float64Array | null {
    const { scale } = this.learned('read the scale')
    return this.params.withScaling ? scale.slice() : null
  }

  protected *learn(cells: Cells, { before, streaming }: FitContext<RobustState>): Work<RobustState> {
    const features = before ?? featuresOf(cells)
    const [low, high] = this.params.quantileRange
    const shares = [0.5, low / 100, high / 100]
    let quantiles: Iterable<number>[]
    let sketches: readonly QuantileSketch[] | undefined
    if (streaming) {
      sketches = yield* addSketches(cells, checkSketches(before, definition.name))
      quantiles = sketches.map((sketch) => sketch.quantiles(shares))
    } else {
      quantiles = []
      for (let j = 0; j < cells.columns; j++) {
        const sorted = yield* sortedColumn(cells, j)
        quantiles.push(shares.map((share) => quantileOf(sorted, share)))
      }
    }
    const adjust = this.params.unitVariance ? normalQuantile(high / 100) - normalQuantile(low / 100) : 1
    return {
      nFeaturesIn: features.nFeaturesIn,
      featureNamesIn: features.featureNamesIn,
      center: Float64Array.from(quantiles, ([median]) => median!),
      scale: Float64Array.from(quantiles, ([, below, above]) => withoutZeros(above! - below!) / adjust),
      sketches,
    }
  }

  protected forwards(state: RobustState): CellFunction {
    const { center, scale } = this.#both(state)
    if (!this.params.smoothClip) return (value, j) => (value - center[j]!) / scale[j]!
    return (value, j) => {
      const z = (value - center[j]!) / scale[j]!
      return z / Math.sqrt(1 + (z / bound) ** 2)
    }
  }

  protected backwards(state: RobustState): CellFunction {
    const { center, scale } = this.#both(state)
    if (!this.params.smoothClip) return (value, j) => value * scale[j]! + center[j]!
    // float32 rounds results close to 3 to 3, whose inverse is infinity.
    const unbend = (y: number) => (Math.abs(y) >= bound ? Math.sign(y) * Infinity : y / Math.sqrt(1 - (y / bound) ** 2))
    return (value, j) => unbend(value) * scale[j]! + center[j]!
  }

  protected record({ center, scale, sketches, ...features }: RobustState): object {
    const learned = sketches?.map((sketch) => sketch.toJSON()) ?? null
    return { ...recordFeatures(features), center, scale, sketches: learned }
  }

  protected restore(json: Record<string, unknown>): RobustState {
    const state = readState(json, [...featureKeys, 'center', 'scale', 'sketches'])
    const features = restoreFeatures(state)
    const center = restoreNumbers(state.center, 'center', { length: features.nFeaturesIn, nan: true })
    const scale = restoreNumbers(state.scale, 'scale', { length: features.nFeaturesIn, nan: true, above: 0 })
    return { ...features, center, scale, sketches: restoreSketches(state.sketches, features.nFeaturesIn) }
  }

  #both({ center, scale }: RobustState) {
    const { withCentering, withScaling } = this.params
    return {
      center: withCentering ? center : new Float64Array(center.length),
      scale: withScaling ? scale : new Float64Array(scale.length).fill(1),
    }
  }
}

import type { Work } from '../base/breathing.js'
import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import {
  choiceParameter,
  type Definition,
  integerParameter,
  type OptionsOf,
  type Parameter,
  type ParametersOf,
  seedParameter,
} from '../learning/parameters.js'
import { readState, restoreCount, restoreList, restoreNumbers } from '../learning/restore.js'
import { normalCdf, normalQuantile } from '../math/normal.js'
import { percentileShare, quantileOf } from '../math/percentiles.js'
import { sampleWithoutReplacement, uniforms } from '../math/random.js'
import { lowerBound, upperBound } from '../math/search.js'
import type { Cells } from './cells.js'
import { type Features, featuresOf, type NumericInput } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import type { QuantileSketch } from './quantile-sketch.js'
import { type CellFunction, Scaler } from './scaler.js'
import { addSketches, checkSketches, restoreSketches } from './sketches.js'
import { sortedColumn } from './sorted-column.js'
import type { TransformOptions } from './transform-options.js'
import type { FitContext } from './transformer.js'

const subsample: Parameter<number | null> = {
  default: 10_000,
  description: 'Maximum number of rows for the quantiles: of more rows a random sample is drawn; null for all.',
  takes: 'an integer of at least 1 or null',
  read(value, name) {
    if (value === null || (Number.isSafeInteger(value) && (value as number) >= 1)) return value as number | null
    throw invalid(name, subsample.takes, value)
  },
}

const quantileTransformerParameters = {
  nQuantiles: integerParameter(1000, { min: 1 }, { description: 'Number of quantiles, at most one for each row.' }),
  outputDistribution: choiceParameter('uniform', ['uniform', 'normal'], {
    description: 'Distribution of the results: uniform from 0 to 1, or standard normal.',
  }),
  subsample,
  seed: seedParameter(),
}
type QuantileTransformerParameters = typeof quantileTransformerParameters

function check({ nQuantiles, subsample: rows }: ParametersOf<QuantileTransformerParameters>) {
  if (rows === null || nQuantiles <= rows) return
  throw new ArgumentError(`Expected nQuantiles of at most subsample (${rows}), but got ${nQuantiles}.`)
}

const definition: Definition<QuantileTransformerParameters> = {
  name: 'QuantileTransformer',
  parameters: quantileTransformerParameters,
  check,
}

/** Options of `new QuantileTransformer`: scikit-learn's parameters, `random_state` as `seed`. */
export type QuantileTransformerOptions = OptionsOf<typeof QuantileTransformer.parameters>

interface QuantileState extends Features {
  /** Of each column, ascending; NaN for a column without numbers. */
  readonly quantiles: readonly Float64Array[]
  readonly rows: number
  /** Only after learning from batches. */
  readonly sketches: readonly QuantileSketch[] | undefined
}

/** Shares this close to 0 and 1 count as 0 and 1. */
const threshold = 1e-7
const clipped = normalQuantile(threshold - Number.EPSILON)

/**
 * Transforms columns by rank: a number becomes the share of numbers below it, by linear interpolation between quantiles; a frequent
 * number becomes the middle of its shares. With `'normal'` the share becomes the quantile of the normal distribution, within ±5.2.
 * Missing numbers (NaN) do not count and stay missing; numbers outside of the range in fit become 0 or 1.
 *
 * `partialFit` and a fit of batches take the quantiles from sketches of all rows: exact up to 8,192 numbers in a column, beyond
 * that with a bounded error (`docs/preprocessing.md`).
 *
 * Source: scikit-learn 1.9's QuantileTransformer. It draws another sample of more than `subsample` rows.
 * @example
 * const transformer = await new preprocessing.QuantileTransformer({ nQuantiles: 3 }).fit([[1], [2], [4]])
 * await transformer.transform([[2], [3], [9]]) // [[0.5], [0.75], [1]]
 */
export class QuantileTransformer extends Scaler<QuantileTransformerParameters, QuantileState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = quantileTransformerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that contradict each other. */
  constructor(options: QuantileTransformerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): QuantileTransformer {
    const read = readTransformerJson(json, definition.name)
    return new QuantileTransformer(read.params).adoptJson(read)
  }

  /**
   * Learns from one more batch, without `subsample`.
   * @throws as fit does; ArgumentError after a fit of all rows at once, which keeps only quantiles.
   */
  partialFit(x: NumericInput, options: TransformOptions = {}): Promise<this> {
    return this.learnMore(x, options)
  }

  /** The seed of the sample: the parameter `seed`, or a random one if that is null. */
  get seed(): number {
    return this.randomSeed
  }

  /** The number of quantiles: the parameter nQuantiles or the number of rows, whichever is less. */
  get nQuantiles(): number {
    return this.learned('read nQuantiles').quantiles[0]!.length
  }

  /** The quantiles: a row for each share, a column for each column of x. */
  get quantiles(): Float64Array[] {
    const { quantiles } = this.learned('read the quantiles')
    return Array.from({ length: this.nQuantiles }, (_, k) => Float64Array.from(quantiles, (column) => column[k]!))
  }

  /** The share of each quantile, in equal steps from 0 to 1. */
  get references(): Float64Array {
    return referencesOf(this.nQuantiles)
  }

  protected *learn(cells: Cells, { before, streaming }: FitContext<QuantileState>): Work<QuantileState> {
    const features = before ?? featuresOf(cells)
    const rows = cells.rows + (before?.rows ?? 0)
    const { nQuantiles, subsample: most } = this.params
    const shares = referencesOf(Math.min(nQuantiles, rows)).map(percentileShare)
    const { nFeaturesIn, featureNamesIn } = features
    if (streaming) {
      const sketches = yield* addSketches(cells, checkSketches(before, definition.name))
      const quantiles = sketches.map((sketch) => sketch.quantiles(shares))
      return { nFeaturesIn, featureNamesIn, quantiles, rows, sketches }
    }
    const drawn =
      most !== null && most < rows ? sampleWithoutReplacement(rows, most, uniforms(this.randomSeed)) : undefined
    const quantiles: Float64Array[] = []
    for (let j = 0; j < cells.columns; j++) {
      const sorted = yield* sortedColumn(cells, j, drawn)
      quantiles.push(shares.map((share) => quantileOf(sorted, share)))
    }
    return { nFeaturesIn, featureNamesIn, quantiles, rows, sketches: undefined }
  }

  protected forwards({ quantiles }: QuantileState): CellFunction {
    const references = referencesOf(quantiles[0]!.length)
    const last = references.length - 1
    const isNormal = this.params.outputDistribution === 'normal'
    // Normal results: numbers close to an end count as the end. Uniform ones: only equal numbers do.
    const near = isNormal ? threshold : 0
    return (value, j) => {
      const column = quantiles[j]!
      if (Number.isNaN(value) || Number.isNaN(column[0])) return Number.NaN
      const [lowest, highest] = [column[0]!, column[last]!]
      let share = (interpolateUpper(value, column, references) + interpolateLower(value, column, references)) / 2
      if (isNormal ? value + near > highest : value === highest) share = 1
      if (isNormal ? value - near < lowest : value === lowest) share = 0
      return isNormal ? Math.min(Math.max(normalQuantile(share), clipped), -clipped) : share
    }
  }

  protected backwards({ quantiles }: QuantileState): CellFunction {
    const references = referencesOf(quantiles[0]!.length)
    const last = references.length - 1
    const isNormal = this.params.outputDistribution === 'normal'
    const near = isNormal ? threshold : 0
    return (value, j) => {
      const column = quantiles[j]!
      const share = isNormal ? normalCdf(value) : value
      if (Number.isNaN(share)) return share
      if (isNormal ? share - near < 0 : share === 0) return column[0]!
      if (isNormal ? share + near > 1 : share === 1) return column[last]!
      return interpolateUpper(share, references, column)
    }
  }

  protected record({ quantiles, rows, sketches, ...features }: QuantileState): object {
    const learned = sketches?.map((sketch) => sketch.toJSON()) ?? null
    return { ...recordFeatures(features), quantiles, rows, sketches: learned }
  }

  protected restore(json: Record<string, unknown>): QuantileState {
    const state = readState(json, [...featureKeys, 'quantiles', 'rows', 'sketches'])
    const features = restoreFeatures(state)
    let length: number | undefined
    const quantiles = restoreList(state.quantiles, 'quantiles', features.nFeaturesIn, (list, name) => {
      const column = restoreNumbers(list, name, { length, nan: true })
      length = column.length
      const fits =
        length > 0 &&
        column.every((value, k) => (Number.isNaN(column[0]) ? Number.isNaN(value) : k === 0 || value >= column[k - 1]!))
      if (fits) return column
      throw new ArgumentError(`Expected ascending numbers for ${name}.`)
    })
    const rows = restoreCount(state.rows, 'rows', { min: 1 })
    return { ...features, quantiles, rows, sketches: restoreSketches(state.sketches, features.nFeaturesIn) }
  }
}

function referencesOf(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => (count === 1 ? 0 : k === count - 1 ? 1 : k * (1 / (count - 1))))
}

/** Linear interpolation of y at `value`, constant beyond the ends. Of points with equal x the last one counts. */
function interpolateUpper(value: number, x: Float64Array, y: Float64Array): number {
  const last = x.length - 1
  if (value < x[0]!) return y[0]!
  return value >= x[last]! ? y[last]! : between(value, x, y, upperBound(x, value) - 1)
}

/** The same, but of points with equal x the first one counts. */
function interpolateLower(value: number, x: Float64Array, y: Float64Array): number {
  const last = x.length - 1
  if (value <= x[0]!) return y[0]!
  if (value > x[last]!) return y[last]!
  const first = lowerBound(x, value)
  return x[first] === value ? y[first]! : between(value, x, y, first - 1)
}

function between(value: number, x: Float64Array, y: Float64Array, k: number): number {
  return y[k]! + (y[k + 1]! - y[k]!) * ((value - x[k]!) / (x[k + 1]! - x[k]!))
}

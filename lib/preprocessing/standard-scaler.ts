import type { Work } from '../base/breathing.js'
import { optionKeys } from '../base/check.js'
import { booleanParameter, type Definition, type OptionsOf } from '../learning/parameters.js'
import { readState, restoreNumbers } from '../learning/restore.js'
import type { Cells } from './cells.js'
import type { Features, NumericInput } from './input.js'
import { featuresOf } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { addMoments, type Moments } from './moments.js'
import { type CellFunction, Scaler } from './scaler.js'
import type { TransformerFitOptions } from './transform-options.js'
import type { FitContext } from './transformer.js'

const standardScalerParameters = {
  withMean: booleanParameter(true, { description: 'Whether to subtract the mean.' }),
  withStd: booleanParameter(true, { description: 'Whether to divide by the standard deviation.' }),
}
type StandardScalerParameters = typeof standardScalerParameters
const definition: Definition<StandardScalerParameters> = {
  name: 'StandardScaler',
  parameters: standardScalerParameters,
}

/** Options of `new StandardScaler`: scikit-learn's parameters. */
export type StandardScalerOptions = OptionsOf<typeof StandardScaler.parameters>

interface StandardState extends Features {
  readonly moments: Moments
}

/**
 * Scales columns to mean 0 and variance 1: z = (x - mean) / sqrt(variance), with the population variance (divided by the number of
 * rows). Missing numbers (NaN) do not count and stay missing; a constant column becomes 0.
 *
 * Source: scikit-learn 1.9's StandardScaler; constant columns by Chan, Golub and LeVeque 1983's bound on rounding errors.
 * @example
 * const scaler = await new preprocessing.StandardScaler().fit([[1, 10], [3, 30]])
 * scaler.mean // Float64Array [2, 20]
 * await scaler.transform([[2, 30]]) // [[0, 1]]
 */
export class StandardScaler extends Scaler<StandardScalerParameters, StandardState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = standardScalerParameters

  protected readonly streams = true
  /** The numbers of the last transform, for the next row. */
  #cache:
    | { moments: Moments; withMean: boolean; withStd: boolean; means: Float64Array; scales: Float64Array }
    | undefined

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: StandardScalerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): StandardScaler {
    const read = readTransformerJson(json, definition.name)
    return new StandardScaler(read.params).adoptJson(read)
  }

  /**
   * Learns from one more batch. The result is that of a fit of all batches at once.
   * @throws as fit does.
   */
  partialFit(x: NumericInput, options: TransformerFitOptions = {}): Promise<this> {
    return this.learnMore(x, options)
  }

  /** The mean of each column, NaN for a column without numbers; null without withMean and withStd. */
  get mean(): Float64Array | null {
    const { moments } = this.learned('read the mean')
    return this.params.withMean || this.params.withStd ? meansOf(moments) : null
  }

  /** The variance of each column; null without withStd. */
  get var(): Float64Array | null {
    const { moments } = this.learned('read the variance')
    return this.params.withStd ? variancesOf(moments) : null
  }

  /** The divisor of each column, 1 for a constant one; null without withStd. */
  get scale(): Float64Array | null {
    const { moments } = this.learned('read the scale')
    return this.params.withStd ? scalesOf(moments) : null
  }

  /** The number of rows (the sum of their weights); an array, a number for each column, if missing numbers make them differ. */
  get nSamplesSeen(): number | Float64Array {
    const { counts } = this.learned('read nSamplesSeen').moments
    return counts.every((count) => count === counts[0]) ? counts[0]! : counts.slice()
  }

  protected override get fitOptions(): readonly string[] {
    return optionKeys<TransformerFitOptions>({ sampleWeight: true, signal: true })
  }

  protected *learn(cells: Cells, { weights, before }: FitContext<StandardState>): Work<StandardState> {
    const moments = yield* addMoments(cells, weights, before?.moments)
    return { ...(before ?? featuresOf(cells)), moments }
  }

  protected forwards({ moments }: StandardState): CellFunction {
    const { means, scales } = this.#both(moments)
    return (value, j) => (value - means[j]!) / scales[j]!
  }

  protected backwards({ moments }: StandardState): CellFunction {
    const { means, scales } = this.#both(moments)
    return (value, j) => value * scales[j]! + means[j]!
  }

  protected record({ moments, ...features }: StandardState): object {
    return { ...recordFeatures(features), ...moments }
  }

  protected restore(json: Record<string, unknown>): StandardState {
    const state = readState(json, [...featureKeys, 'counts', 'means', 'squares'])
    const features = restoreFeatures(state)
    const length = features.nFeaturesIn
    const counts = restoreNumbers(state.counts, 'counts', { length, min: 0 })
    const means = restoreNumbers(state.means, 'means', { length })
    const squares = restoreNumbers(state.squares, 'squares', { length, min: 0 })
    return { ...features, moments: { counts, means, squares } }
  }

  #both(moments: Moments) {
    const { withMean, withStd } = this.params
    const cached = this.#cache
    if (cached?.moments === moments && cached.withMean === withMean && cached.withStd === withStd) return cached
    const columns = moments.counts.length
    const means = withMean ? meansOf(moments) : new Float64Array(columns)
    const scales = withStd ? scalesOf(moments) : new Float64Array(columns).fill(1)
    this.#cache = { moments, withMean, withStd, means, scales }
    return this.#cache
  }
}

function meansOf({ counts, means }: Moments): Float64Array {
  return means.map((mean, j) => (counts[j] === 0 ? Number.NaN : mean))
}

function variancesOf({ counts, squares }: Moments): Float64Array {
  return squares.map((square, j) => square / counts[j]!)
}

function scalesOf(moments: Moments): Float64Array {
  const { counts, means } = moments
  return variancesOf(moments).map((variance, j) => {
    const rounding = counts[j]! * Number.EPSILON * variance + (counts[j]! * means[j]! * Number.EPSILON) ** 2
    return variance <= rounding ? 1 : Math.sqrt(variance)
  })
}

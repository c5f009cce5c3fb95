import { rowBlocks, type Work } from '../base/breathing.js'
import { placeText } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { NumberArray } from '../base/matrix.js'
import { choiceParameter, type Definition, type OptionsOf } from '../learning/parameters.js'
import { readState } from '../learning/restore.js'
import type { Cells } from './cells.js'
import type { Out } from './doubles.js'
import { type Features, featuresOf } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { NumericTransformer, withoutZeros } from './scaler.js'
import type { FitContext } from './transformer.js'

/** The length of a row. */
export type Norm = 'l1' | 'l2' | 'max'

const normalizerParameters = {
  norm: choiceParameter<Norm>('l2', ['l1', 'l2', 'max'], {
    description:
      'The length by which a row is divided: the sum of absolute values (l1), the root of the sum of squares (l2), or the largest absolute value (max).',
  }),
}
type NormalizerParameters = typeof normalizerParameters
const definition: Definition<NormalizerParameters> = { name: 'Normalizer', parameters: normalizerParameters }

/** Options of `new Normalizer`: scikit-learn's parameters. */
export type NormalizerOptions = OptionsOf<typeof Normalizer.parameters>

/**
 * Divides each row by its length, so that only the proportions of its numbers count. Rows of zeros stay zeros; rows with missing
 * numbers, which have no length, are refused. It learns nothing but the columns, and has no inverse.
 *
 * Source: scikit-learn 1.9's Normalizer.
 * @example
 * const normalizer = await new preprocessing.Normalizer().fit([[3, 4]])
 * normalizer.transformSync([3, 4]) // [0.6, 0.8]
 */
export class Normalizer extends NumericTransformer<NormalizerParameters, Features> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = normalizerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter or norm. */
  constructor(options: NormalizerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): Normalizer {
    const read = readTransformerJson(json, definition.name)
    return new Normalizer(read.params).adoptJson(read)
  }

  protected override *read(x: unknown, name: string, fitFeatures: Features | undefined): Work<Cells> {
    const cells = yield* super.read(x, name, fitFeatures)
    yield* rowBlocks(cells.rows, cells.columns, (begin, end) => checkPresent(cells, name, begin, end))
    return cells
  }

  protected override readRow(x: unknown, name: string, fitFeatures: Features): Cells | undefined {
    const row = super.readRow(x, name, fitFeatures)
    if (row) checkPresent(row, name, 0, 1)
    return row
  }

  // biome-ignore lint/correctness/useYield: there is nothing to learn in steps.
  protected *learn(cells: Cells, { before }: FitContext<Features>): Work<Features> {
    return before ?? featuresOf(cells)
  }

  protected transformer(_: Features, { data, columns }: Cells, out: Out) {
    const lengthOf = lengths[this.params.norm]
    return (begin: number, end: number) => {
      for (let i = begin; i < end; i++) {
        const [first, last] = [i * columns, (i + 1) * columns]
        const length = withoutZeros(lengthOf(data, first, last))
        for (let k = first; k < last; k++) out[k] = data[k]! / length
      }
    }
  }

  protected record(features: Features): object {
    return recordFeatures(features)
  }

  protected restore(json: Record<string, unknown>): Features {
    return restoreFeatures(readState(json, featureKeys))
  }
}

/** The length of the row that is data[first] up to, not including, data[last]. */
export const lengths: Readonly<Record<Norm, (data: NumberArray, first: number, last: number) => number>> = {
  l1(data, first, last) {
    let sum = 0
    for (let k = first; k < last; k++) sum += Math.abs(data[k]!)
    return sum
  },
  l2(data, first, last) {
    let sum = 0
    for (let k = first; k < last; k++) sum += data[k]! ** 2
    return Math.sqrt(sum)
  },
  max(data, first, last) {
    let most = 0
    for (let k = first; k < last; k++) most = Math.max(most, Math.abs(data[k]!))
    return most
  },
}

/** @throws ArgumentError for a missing number in rows [begin, end). */
function checkPresent({ data, columns, names }: Cells, name: string, begin: number, end: number): void {
  for (let k = begin * columns; k < end * columns; k++) {
    if (!Number.isNaN(data[k]!)) continue
    const place = { row: Math.floor(k / columns), column: names?.[k % columns] ?? k % columns }
    throw new ArgumentError(
      `Expected rows without missing numbers for ${name} of Normalizer, but ${placeText(place)} is missing. ` +
        'Put a SimpleImputer before it.',
      place,
    )
  }
}

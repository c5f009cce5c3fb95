import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { checkBoolean, invalid, invalidEntry } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import {
  booleanParameter,
  choiceParameter,
  type Definition,
  numberOrNullParameter,
  type OptionsOf,
  type Parameter,
} from '../learning/parameters.js'
import { readState, restoreList, restoreNumbers } from '../learning/restore.js'
import { type Cells, readCells } from './cells.js'
import type { Out } from './doubles.js'
import { countMissing, type Presence, type Sums, summarise } from './imputer-statistics.js'
import { type Features, featuresOf, type NumericInput } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import { NumericTransformer } from './scaler.js'
import { type TransformOptions, transformKeys } from './transform-options.js'
import type { FitContext } from './transformer.js'

const missingValues: Parameter<number> = {
  default: Number.NaN,
  description: 'The number that marks missing entries.',
  takes: 'a finite number or NaN',
  read(value, name) {
    if (typeof value === 'number' && Math.abs(value) !== Infinity) return value
    throw invalid(name, missingValues.takes, value)
  },
}

const simpleImputerParameters = {
  missingValues,
  strategy: choiceParameter('mean', ['mean', 'median', 'mostFrequent', 'constant'], {
    description: 'How missing numbers are replaced: by a statistic of the column, or by fillValue.',
  }),
  fillValue: numberOrNullParameter(
    null,
    {},
    { description: "The replacement of the strategy 'constant'; null for 0." },
  ),
  addIndicator: booleanParameter(false, {
    description:
      'Whether to append indicator columns, 1 for missing numbers, for each column with missing numbers in fit.',
  }),
  keepEmptyFeatures: booleanParameter(false, {
    description: 'Whether columns without numbers in fit are kept, as 0 or fillValue, instead of being dropped.',
  }),
}
type SimpleImputerParameters = typeof simpleImputerParameters
const definition: Definition<SimpleImputerParameters> = { name: 'SimpleImputer', parameters: simpleImputerParameters }

/** Options of `new SimpleImputer`: scikit-learn's parameters. */
export type SimpleImputerOptions = OptionsOf<typeof SimpleImputer.parameters>

interface ImputerState extends Features {
  /** NaN for a column without numbers. */
  readonly statistics: Float64Array
  /** Whether fit had missing numbers in a column. */
  readonly missing: readonly boolean[]
  /** The sums that the next batch adds to; none when all rows came at once. */
  readonly sums: (Sums & { readonly presence: Presence }) | undefined
}

/**
 * Replaces missing numbers by the mean, the median or the most frequent number of the column (the smallest of several), or by a
 * constant. Columns without numbers in fit are dropped, unless keepEmptyFeatures.
 *
 * Source: scikit-learn 1.9's SimpleImputer, for numbers alone: encoders treat missing entries as a category.
 * @example
 * const imputer = await new preprocessing.SimpleImputer({ addIndicator: true }).fit([[1], [NaN], [3]])
 * await imputer.transform([[NaN], [5]]) // [[2, 1], [5, 0]]
 */
export class SimpleImputer extends NumericTransformer<SimpleImputerParameters, ImputerState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = simpleImputerParameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: SimpleImputerOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): SimpleImputer {
    const read = readTransformerJson(json, definition.name)
    return new SimpleImputer(read.params).adoptJson(read)
  }

  /** The replacement of missing numbers in each column; NaN for a dropped column. */
  get statistics(): Float64Array {
    return this.learned('read the statistics').statistics.slice()
  }

  /** The columns with an indicator. */
  get indicatorFeatures(): number[] {
    return this.#indicated(this.learned('read indicatorFeatures'))
  }

  /**
   * The inverse of transform: indicators restore the missing numbers, so it needs addIndicator.
   * @throws ArgumentError for wrong data or without addIndicator; MlpError ERR_NOT_FITTED.
   */
  async inverseTransform(x: NumericInput, options: TransformOptions = {}): Promise<Matrix> {
    const signal = this.readOptions(options, 'inverseTransform()', transformKeys)
    const state = this.learned('invert the transform')
    if (!this.params.addIndicator) {
      throw new ArgumentError('Expected addIndicator for inverseTransform, but it is false.')
    }
    const [kept, indicated] = [keptOf(state), this.#indicated(state)]
    const width = kept.length + indicated.length
    const features = { nFeaturesIn: width, featureNamesIn: undefined }
    const { data, rows } = await this.breathe(readCells(x, 'x', features), signal)
    const columns = state.nFeaturesIn
    const out = new Matrix(new Float32Array(rows * columns).fill(this.params.missingValues), rows, columns)
    const step = (begin: number, end: number) => {
      for (let i = begin; i < end; i++) {
        for (const [k, j] of kept.entries()) out.data[i * columns + j] = data[i * width + k]!
        for (const [k, j] of indicated.entries()) {
          if (data[i * width + kept.length + k] !== 0) out.data[i * columns + j] = this.params.missingValues
        }
      }
    }
    await this.breathe(rowBlocks(rows, width, step), signal)
    return out
  }

  protected override *read(x: unknown, name: string, fitFeatures: ImputerState | undefined): Work<Cells> {
    const cells = yield* super.read(x, name, fitFeatures)
    const { missingValues: mark } = this.params
    if (Number.isNaN(mark)) return cells
    const data = Float64Array.from(cells.data)
    const { columns } = cells
    yield* rowBlocks(cells.rows, columns, (begin, end) => {
      for (let k = begin * columns; k < end * columns; k++) {
        if (Number.isNaN(data[k])) {
          const place = { row: Math.floor(k / columns), column: k % columns }
          throw invalidEntry(name, place, `a finite number with missingValues ${mark}`, Number.NaN)
        }
        if (data[k] === mark) data[k] = Number.NaN
      }
    })
    return { ...cells, data }
  }

  protected override readRow(x: unknown, name: string, fitFeatures: ImputerState): Cells | undefined {
    const row = super.readRow(x, name, fitFeatures)
    if (!row || Number.isNaN(this.params.missingValues)) return row
    return runNow(this.read(row.data, name, fitFeatures))
  }

  protected *learn(cells: Cells, { before, streaming }: FitContext<ImputerState>): Work<ImputerState> {
    const { nFeaturesIn, featureNamesIn } = before ?? featuresOf(cells)
    const { keepEmptyFeatures, strategy, fillValue } = this.params
    const presence = yield* countMissing(cells, before?.sums?.presence)
    const [sums, summaries] = yield* summarise(cells, strategy, streaming, before?.sums)
    const statistics = summaries.map((value, j) => {
      const isEmpty = presence.present[j] === 0
      if (strategy === 'constant') return isEmpty && !keepEmptyFeatures ? Number.NaN : (fillValue ?? 0)
      return isEmpty && keepEmptyFeatures ? 0 : value
    })
    const missing = Array.from(presence.missing, (count) => count > 0)
    return { nFeaturesIn, featureNamesIn, statistics, missing, sums: streaming ? { ...sums, presence } : undefined }
  }

  protected override finish(state: ImputerState): ImputerState {
    return { ...state, sums: undefined }
  }

  protected override columnsOut(state: ImputerState): number {
    return keptOf(state).length + this.#indicated(state).length
  }

  protected transformer(state: ImputerState, { data, columns }: Cells, out: Out) {
    const [kept, indicated] = [keptOf(state), this.#indicated(state)]
    const width = kept.length + indicated.length
    return (begin: number, end: number) => {
      for (let i = begin; i < end; i++) {
        for (const [k, j] of kept.entries()) {
          const value = data[i * columns + j]!
          out[i * width + k] = Number.isNaN(value) ? state.statistics[j]! : value
        }
        for (const [k, j] of indicated.entries()) {
          out[i * width + kept.length + k] = Number.isNaN(data[i * columns + j]) ? 1 : 0
        }
      }
    }
  }

  protected override namesOut(state: ImputerState, names: string[]): string[] {
    const indicators = this.#indicated(state).map((j) => `missingindicator_${names[j]}`)
    return [...keptOf(state).map((j) => names[j]!), ...indicators]
  }

  protected record({ statistics, missing, ...features }: ImputerState): object {
    return { ...recordFeatures(features), statistics, missing }
  }

  protected restore(json: Record<string, unknown>): ImputerState {
    const state = readState(json, [...featureKeys, 'statistics', 'missing'])
    const features = restoreFeatures(state)
    const statistics = restoreNumbers(state.statistics, 'statistics', { length: features.nFeaturesIn, nan: true })
    const missing = restoreList(state.missing, 'missing', features.nFeaturesIn, checkBoolean)
    return { ...features, statistics, missing, sums: undefined }
  }

  #indicated({ missing }: ImputerState): number[] {
    return this.params.addIndicator ? missing.flatMap((isMissing, j) => (isMissing ? [j] : [])) : []
  }
}

/** The columns that are not dropped. */
function keptOf({ statistics }: ImputerState): number[] {
  return Array.from(statistics.keys()).filter((j) => !Number.isNaN(statistics[j]))
}

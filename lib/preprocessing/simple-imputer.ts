import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { checkBoolean, describe, invalid, invalidEntry, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import {
  booleanParameter,
  choiceParameter,
  type Definition,
  type OptionsOf,
  type Parameter,
} from '../learning/parameters.js'
import { readState, restoreList, restoreNumbers } from '../learning/restore.js'
import { Table } from '../table/table.js'
import {
  type CategoricalInput,
  type CategoricalRow,
  type Category,
  type CategoryColumns,
  readCategories,
  readCategory,
  readCategoryRow,
} from './categories.js'
import { type Cells, readCells, readRow } from './cells.js'
import type { Out } from './doubles.js'
import { countMissing, type Presence, type Sums, summarise } from './imputer-statistics.js'
import { holdWords, imputeRow, imputeTable, replacements, type WordOptions, type WordPlan } from './imputer-words.js'
import { type Features, featuresOf, type NumericInput, namesOf, toNamed } from './input.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import type { NamedCells } from './named-cells.js'
import type { NumericRow } from './scaler.js'
import { type TransformOptions, transformKeys } from './transform-options.js'
import { type FitContext, Transformer } from './transformer.js'
import { type Counts, countCategories } from './vocabulary.js'

const missingValues: Parameter<number> = {
  default: Number.NaN,
  description: 'The number that marks missing numbers. Strings are missing as null alone.',
  takes: 'a finite number or NaN',
  read(value, name) {
    if (typeof value === 'number' && Math.abs(value) !== Infinity) return value
    throw invalid(name, missingValues.takes, value)
  },
}

const fillValue: Parameter<number | string | null> = {
  default: null,
  description: "The replacement of the strategy 'constant'; null for 0, and for 'missing_value' among strings.",
  takes: 'a finite number, a string or null',
  read(value, name) {
    if (value === null || typeof value === 'string' || Number.isFinite(value)) return value as number | string | null
    throw invalid(name, fillValue.takes, value)
  },
}

const simpleImputerParameters = {
  missingValues,
  strategy: choiceParameter('mean', ['mean', 'median', 'mostFrequent', 'constant'], {
    description: 'How missing entries are replaced: by a statistic of the column, or by fillValue.',
  }),
  fillValue,
  addIndicator: booleanParameter(false, {
    description:
      'Whether to append indicator columns, 1 for missing entries, for each column with missing entries in fit.',
  }),
  keepEmptyFeatures: booleanParameter(false, {
    description: 'Whether columns without entries in fit are kept, as 0 or fillValue, instead of being dropped.',
  }),
}
type SimpleImputerParameters = typeof simpleImputerParameters
const definition: Definition<SimpleImputerParameters> = { name: 'SimpleImputer', parameters: simpleImputerParameters }

/** The statistics of an imputer, by the result of its transform. */
export type StatisticsOf<Result> = Result extends Table ? Category[] : Float64Array

/** Options of `new SimpleImputer`: scikit-learn's parameters. */
export type SimpleImputerOptions = OptionsOf<typeof SimpleImputer.parameters>

interface ImputerState extends Features {
  /** NaN for a column without numbers; of words an array, with null for a column without entries. */
  readonly statistics: Float64Array | readonly Category[]
  /** Whether fit had missing entries in a column. */
  readonly missing: readonly boolean[]
  /** The sums that the next batch adds to; none when all rows came at once. */
  readonly sums: NumberSums | WordSums | undefined
}

type NumberSums = Sums & { readonly presence: Presence }
interface WordSums {
  readonly words: Counts
}

/** Rows of numbers, or of words. */
type ImputerRows = Cells | CategoryColumns

/**
 * Replaces missing entries by the mean, the median or the most frequent entry of the column (the smallest of several), or by a
 * constant. Columns without entries in fit are dropped, unless keepEmptyFeatures.
 *
 * Numbers become a Matrix. If a column of fit holds strings, which 'mostFrequent' and 'constant' take, the result is a Table,
 * for an encoder after it: then `Result`, which is not checked, is Table.
 *
 * Source: scikit-learn 1.9's SimpleImputer.
 * @example
 * const imputer = await new preprocessing.SimpleImputer({ addIndicator: true }).fit([[1], [NaN], [3]])
 * await imputer.transform([[NaN], [5]]) // [[2, 1], [5, 0]]
 *
 * const words = new preprocessing.SimpleImputer<Table>({ strategy: 'constant', fillValue: 'missing' })
 * await words.fitTransform([{ job: 'cook' }, { job: null }]) // a Table of { job: ['cook', 'missing'] }
 */
export class SimpleImputer<Result extends Matrix | Table = Matrix> extends Transformer<
  SimpleImputerParameters,
  ImputerState,
  ImputerRows,
  NumericInput | CategoricalInput,
  NumericRow | CategoricalRow,
  Result
> {
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

  /** The replacement of missing entries in each column; NaN for a dropped column, among words null. */
  get statistics(): StatisticsOf<Result> {
    return this.learned('read the statistics').statistics.slice() as StatisticsOf<Result>
  }

  /** The columns with an indicator. */
  get indicatorFeatures(): number[] {
    return this.#indicated(this.learned('read indicatorFeatures'))
  }

  /**
   * The inverse of transform for numbers: indicators restore the missing ones, so it needs addIndicator.
   * @throws ArgumentError for wrong data, without addIndicator or for words; MlpError ERR_NOT_FITTED.
   */
  async inverseTransform(x: NumericInput, options: TransformOptions = {}): Promise<Matrix> {
    const signal = this.readOptions(options, 'inverseTransform()', transformKeys)
    const state = this.learned('invert the transform')
    if (!this.params.addIndicator) {
      throw new ArgumentError('Expected addIndicator for inverseTransform, but it is false.')
    }
    if (isOfWords(state))
      throw new ArgumentError('Expected numbers in fit for inverseTransform, but there were strings.')
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

  protected *read(x: unknown, name: string, fitFeatures: ImputerState | undefined): Work<ImputerRows> {
    const named = fitFeatures ? x : yield* toNamed(x)
    const areWords = fitFeatures ? isOfWords(fitFeatures) : yield* this.#takesWords(named)
    return areWords
      ? yield* readCategories(named, name, fitFeatures)
      : yield* this.#readNumbers(named, name, fitFeatures)
  }

  /** Columns without entries, or with numbers alone, may have words in a later batch. */
  protected override *readToLearn(x: unknown, before: ImputerState | undefined): Work<ImputerRows> {
    if (!before || isOfWords(before)) return yield* this.read(x, 'x', before)
    const named = yield* toNamed(x)
    if (yield* this.#takesWords(named)) return yield* readCategories(named, 'x', before)
    return yield* this.read(x, 'x', before)
  }

  /** Whether rows of fit are imputed as words. */
  *#takesWords(x: unknown): Work<boolean> {
    const { strategy, fillValue } = this.params
    if (strategy === 'mostFrequent') return yield* holdWords(x)
    if (strategy === 'constant') return typeof fillValue === 'string' || (yield* holdWords(x))
    const column = x instanceof Table ? x.names.find((name) => x.kind(name) === 'string') : undefined
    if (column === undefined) return false
    const hint = `The strategy '${strategy}' needs numbers: encode the column, or use 'mostFrequent' or 'constant'.`
    const row = (x as Table).strings(column).findIndex((value) => value !== null)
    const place = { row: row === -1 ? undefined : row, column }
    throw mismatch(`column ${describe(column)} of x`, 'numbers or booleans', 'strings', hint, place)
  }

  *#readNumbers(x: unknown, name: string, fitFeatures: ImputerState | undefined): Work<Cells> {
    const cells = yield* readCells(x, name, fitFeatures)
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

  protected readRow(x: unknown, name: string, fitFeatures: ImputerState): ImputerRows | undefined {
    if (isOfWords(fitFeatures)) return readCategoryRow(x, name, fitFeatures)
    const row = readRow(x, name, fitFeatures)
    if (!row || Number.isNaN(this.params.missingValues)) return row
    return runNow(this.#readNumbers(row.data, name, fitFeatures))
  }

  protected *learn(rows: ImputerRows, context: FitContext<ImputerState>): Work<ImputerState> {
    return 'values' in rows ? yield* this.#learnWords(rows, context) : yield* this.#learnNumbers(rows, context)
  }

  *#learnWords(rows: CategoryColumns, { before, streaming }: FitContext<ImputerState>): Work<ImputerState> {
    const { nFeaturesIn, featureNamesIn } = before ?? featuresOf(rows)
    if (!Number.isNaN(this.params.missingValues)) {
      const hint = 'Impute numbers that are marked by another number before, by an imputer of their own.'
      throw mismatch('missingValues', 'NaN for columns of strings', `${this.params.missingValues}`, hint)
    }
    const counts = yield* countCategories(rows, before && countsOf(before))
    const names = namesOf({ nFeaturesIn, featureNamesIn })
    const statistics = replacements(counts, names, this.params as WordOptions)
    const missing = counts.map((columnCounts) => columnCounts.has(null))
    return { nFeaturesIn, featureNamesIn, statistics, missing, sums: streaming ? { words: counts } : undefined }
  }

  *#learnNumbers(cells: Cells, { before, streaming }: FitContext<ImputerState>): Work<ImputerState> {
    const { nFeaturesIn, featureNamesIn } = before ?? featuresOf(cells)
    const { keepEmptyFeatures, strategy } = this.params
    const fillValue = this.params.fillValue as number | null // a string makes the rows words
    const numberSums = before?.sums as NumberSums | undefined
    const presence = yield* countMissing(cells, numberSums?.presence)
    const [sums, summaries] = yield* summarise(cells, strategy, streaming, numberSums)
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

  protected override words(state: ImputerState, rows: ImputerRows): Work<Table> | undefined {
    return 'values' in rows ? imputeTable(this.#plan(state), rows) : undefined
  }

  protected override wordsOfRow(state: ImputerState, row: ImputerRows): NamedCells | undefined {
    return 'values' in row ? imputeRow(this.#plan(state), row) : undefined
  }

  #plan(state: ImputerState): WordPlan {
    return {
      statistics: state.statistics as readonly Category[],
      kept: keptOf(state),
      indicated: this.#indicated(state),
      names: this.namesOut(state, namesOf(state)),
      isNamed: state.featureNamesIn !== undefined,
    }
  }

  protected transformer(state: ImputerState, rows: ImputerRows, out: Out) {
    const { data, columns } = rows as Cells // `words` has the others
    const statistics = state.statistics as Float64Array
    const [kept, indicated] = [keptOf(state), this.#indicated(state)]
    const width = kept.length + indicated.length
    return (begin: number, end: number) => {
      for (let i = begin; i < end; i++) {
        for (const [k, j] of kept.entries()) {
          const value = data[i * columns + j]!
          out[i * width + k] = Number.isNaN(value) ? statistics[j]! : value
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
    const statistics = restoreStatistics(state.statistics, features.nFeaturesIn)
    const missing = restoreList(state.missing, 'missing', features.nFeaturesIn, checkBoolean)
    return { ...features, statistics, missing, sums: undefined }
  }

  #indicated({ missing }: ImputerState): number[] {
    return this.params.addIndicator ? missing.flatMap((isMissing, j) => (isMissing ? [j] : [])) : []
  }
}

const keptColumns = new WeakMap<ImputerState, readonly number[]>()

/** The columns that are not dropped. Of a state, which does not change, they are looked for once. */
function keptOf(state: ImputerState): readonly number[] {
  const known = keptColumns.get(state)
  if (known) return known
  const { statistics } = state
  const kept = Array.from(statistics.keys()).filter((j) => statistics[j] !== null && !Number.isNaN(statistics[j]))
  keptColumns.set(state, kept)
  return kept
}

/** The entries of the batches before; of numbers that became a constant, any number stands for all. */
function countsOf({ sums, nFeaturesIn }: ImputerState): Counts | undefined {
  if (!sums || 'words' in sums) return sums?.words
  const { present, missing } = sums.presence
  return Array.from({ length: nFeaturesIn }, (_, j) => {
    const counts = new Map<Category, number>(sums.counts?.[j] ?? (present[j]! > 0 ? [[0, present[j]!]] : []))
    return missing[j]! > 0 ? counts.set(null, missing[j]!) : counts
  })
}

/** Whether fit had words: then transform returns a Table. */
function isOfWords({ statistics }: ImputerState): boolean {
  return !(statistics instanceof Float64Array)
}

/** Statistics of words have a string, or null for a dropped column, where those of numbers have none. */
function restoreStatistics(json: unknown, length: number): Float64Array | Category[] {
  const areWords = Array.isArray(json) && json.some((value) => value === null || typeof value === 'string')
  return areWords
    ? restoreList(json, 'statistics', length, readCategory)
    : restoreNumbers(json, 'statistics', { length, nan: true })
}

import { describe, invalid, mismatch } from '../check.js'
import { ArgumentError } from '../errors.js'
import {
  choiceParameter,
  type Definition,
  type OptionsOf,
  type Parameter,
  type ParametersOf,
} from '../estimators/parameters.js'
import { type Category, type CategoryColumns, categoryAt, readCategory } from './categories.js'
import type { Out } from './doubles.js'
import { Encoder, rareName } from './encoder.js'
import { type Features, featuresOf } from './input.js'
import {
  featureKeys,
  readState,
  readTransformerJson,
  recordFeatures,
  restoreCount,
  restoreFeatures,
  restoreList,
} from './json.js'
import type { FitContext } from './transformer.js'
import {
  type Counts,
  categoriesParameter,
  countCategories,
  groupRare,
  rareIndices,
  rarityParameters,
  recordVocabularies,
  restoreVocabularies,
  type Vocabulary,
  vocabulariesOf,
} from './vocabulary.js'
import type { Work } from './work.js'

const drop: Parameter<null | 'first' | 'ifBinary' | readonly Category[]> = {
  default: null,
  description:
    'Which category of a column gets no column of its own: none, the first, the first of two, or those named.',
  takes: "null, 'first', 'ifBinary' or an array of categories, one a column",
  read(value, name) {
    if (value === null || value === 'first' || value === 'ifBinary') return value
    if (!Array.isArray(value)) throw invalid(name, drop.takes, value)
    return Object.freeze(value.map((each, j) => readCategory(each, `${name}[${j}]`)))
  },
}

const parameters = {
  categories: categoriesParameter,
  drop,
  handleUnknown: choiceParameter('error', ['error', 'ignore', 'infrequentIfExist', 'warn'], {
    description:
      'What a category that fit did not see becomes: an error, zeros, the rare ones where there are such (else zeros), or that with a warning.',
  }),
  ...rarityParameters,
}
const definition: Definition<typeof parameters> = { name: 'OneHotEncoder', parameters }

/** What `new OneHotEncoder` takes: scikit-learn's parameters. */
export type OneHotEncoderOptions = OptionsOf<typeof OneHotEncoder.parameters>

/** A column: what its categories become. */
interface OneHotColumn extends Vocabulary {
  /** Indices of rare categories. */
  readonly rare: readonly number[] | undefined
  /** The number of each category, rare ones together. */
  readonly groups: Int32Array
  /** How many such numbers there are. */
  readonly size: number
  /** Which of them gets no column. */
  readonly dropped: number | undefined
  /** Where its columns begin in the result. */
  readonly begin: number
  /** In which column of the result each category puts a 1; -1 for none. */
  readonly targets: Int32Array
}

interface OneHotState extends Features {
  readonly columns: readonly OneHotColumn[]
  /** While batches come. */
  readonly counts: Counts | undefined
  readonly rows: number
}

/**
 * A column of 0 and 1 for each category: 1 in that of the row's own. What is missing (null, NaN) is a category of its own,
 * the last one. The result is dense.
 *
 * Source: scikit-learn 1.9's OneHotEncoder (`docs/preprocessing.md` says where they differ).
 * @example
 * const encoder = await new preprocessing.OneHotEncoder().fit([['red'], ['blue'], [null]])
 * encoder.categories // [['blue', 'red', null]]
 * await encoder.transform([['red']]) // [[0, 1, 0]]
 */
export class OneHotEncoder extends Encoder<typeof parameters, OneHotState> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = parameters

  protected readonly streams = true

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: OneHotEncoderOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): OneHotEncoder {
    const read = readTransformerJson(json, definition.name)
    return new OneHotEncoder(read.params).adoptJson(read)
  }

  /** The categories of each column, in the order of their columns. */
  get categories(): Category[][] {
    return this.learned('tell the categories').columns.map(({ categories }) => [...categories])
  }

  /** The rare categories of each column, null where there are none. */
  get infrequentCategories(): (Category[] | null)[] {
    const { columns } = this.learned('tell infrequentCategories')
    return columns.map(({ rare, categories }) => rare?.map((k) => categories[k]!) ?? null)
  }

  /** The index among `categories` of the one that is dropped of each column, null where none is. */
  get dropIdx(): (number | null)[] {
    const { columns } = this.learned('tell dropIdx')
    return columns.map(({ dropped, groups }) => (dropped === undefined ? null : groups.indexOf(dropped)))
  }

  protected *learn(rows: CategoryColumns, { before, streaming }: FitContext<OneHotState>): Work<OneHotState> {
    const counts = yield* countCategories(rows, before?.counts)
    const { categories, handleUnknown } = this.params
    const all = rows.rows + (before?.rows ?? 0)
    const { nFeaturesIn, featureNamesIn } = before ?? featuresOf(rows)
    const vocabularies = vocabulariesOf(counts, categories, handleUnknown === 'error')
    const columns = layOut(vocabularies, all, this.params)
    return { nFeaturesIn, featureNamesIn, columns, counts: streaming ? counts : undefined, rows: all }
  }

  protected override finish(state: OneHotState): OneHotState {
    return { ...state, counts: undefined }
  }

  protected columnsOut({ columns }: OneHotState): number {
    return columns.reduce((sum, column) => sum + widthOf(column), 0)
  }

  protected transformer(state: OneHotState, { values, rows }: CategoryColumns, out: Out) {
    const { handleUnknown } = this.params
    const width = this.columnsOut(state)
    if (handleUnknown === 'error') checkKnown(state, values, rows)
    if (handleUnknown === 'warn') warnOfUnknown(state, values, rows)
    const asRare = handleUnknown === 'infrequentIfExist' || handleUnknown === 'warn'
    return (begin: number, end: number) => {
      for (const [j, column] of state.columns.entries()) {
        const unknown = asRare && column.rare ? columnOf(column, column.size - 1) : -1
        for (let i = begin; i < end; i++) {
          const index = column.indices.get(categoryAt(values[j]!, i))
          const at = index === undefined ? unknown : column.targets[index]!
          if (at >= 0) out[i * width + at] = 1
        }
      }
    }
  }

  protected override namesOut({ columns }: OneHotState, names: string[]): string[] {
    return columns.flatMap((column, j) => keptOf(column).map((group) => `${names[j]}_${nameOf(column, group)}`))
  }

  protected decode({ columns }: OneHotState, data: ArrayLike<number>, at: number, row: number): Category[] {
    const { handleUnknown } = this.params
    return columns.map((column) => {
      const kept = keptOf(column)
      let [best, sum] = [0, 0]
      for (let k = 0; k < kept.length; k++) {
        const value = data[at + column.begin + k]!
        sum += value
        if (value > data[at + column.begin + best]!) best = k
      }
      if (sum !== 0 && kept.length > 0) return categoryOf(column, kept[best]!)
      if (column.dropped !== undefined) return categoryOf(column, column.dropped)
      const mayBeUnknown = handleUnknown === 'ignore' || (handleUnknown !== 'error' && !column.rare)
      if (mayBeUnknown) return null
      throw new ArgumentError(
        `Expected a number other than 0 for each column of categories, but row ${row} of x has none.`,
      )
    })
  }

  protected record({ columns, rows, ...features }: OneHotState): object {
    return {
      ...recordFeatures(features),
      vocabularies: recordVocabularies(columns),
      rare: columns.map(({ rare }) => rare ?? null),
      dropped: columns.map(({ dropped }) => dropped ?? null),
      rows,
    }
  }

  protected restore(given: Record<string, unknown>): OneHotState {
    const state = readState(given, [...featureKeys, 'vocabularies', 'rare', 'dropped', 'rows'])
    const features = restoreFeatures(state)
    const vocabularies = restoreVocabularies(state.vocabularies, features)
    const rare = restoreList(state.rare, 'rare', features.nFeaturesIn, restoreRare)
    const dropped = restoreList(state.dropped, 'dropped', features.nFeaturesIn, (each, name) =>
      each === null ? undefined : restoreCount(each, name),
    )
    const columns = place(vocabularies.map((own, j) => ({ ...grouped(own, rare[j]), dropped: dropped[j] })))
    for (const [j, { size, dropped: own }] of columns.entries()) {
      if (own !== undefined && own >= size) throw mismatch(`dropped[${j}]`, `a number below ${size}`, `${own}`)
    }
    return { ...features, columns, counts: undefined, rows: restoreCount(state.rows, 'rows', 1) }
  }
}

/** Rare indices out of a file: they rise. */
export function restoreRare(value: unknown, name: string): readonly number[] | undefined {
  if (value === null) return undefined
  const rare = restoreList(value, name, undefined, (each, label) => restoreCount(each, label))
  if (rare.length > 0 && rare.every((each, k) => k === 0 || each > rare[k - 1]!)) return rare
  throw new ArgumentError(`Expected indices that rise for ${name}.`)
}

function grouped(own: Vocabulary, rare: readonly number[] | undefined) {
  const { length } = own.categories
  if (rare && rare.at(-1)! >= length) throw mismatch('a rare category', `an index below ${length}`, `${rare.at(-1)}`)
  return { ...own, rare, groups: groupRare(length, rare), size: rare ? length - rare.length + 1 : length }
}

function layOut(
  vocabularies: readonly Vocabulary[],
  rows: number,
  params: ParametersOf<typeof parameters>,
): readonly OneHotColumn[] {
  const { drop } = params
  if (Array.isArray(drop) && drop.length !== vocabularies.length) {
    throw mismatch('drop', `${vocabularies.length} categories, one a column`, `${drop.length}`)
  }
  return place(
    vocabularies.map((own, j) => {
      const column = grouped(own, rareIndices(own.counts, rows, params))
      return { ...column, dropped: droppedOf(column, j, drop) }
    }),
  )
}

function place(columns: readonly Omit<OneHotColumn, 'begin' | 'targets'>[]): readonly OneHotColumn[] {
  let at = 0
  return columns.map((column) => {
    const begin = at
    at += widthOf(column)
    return { ...column, begin, targets: column.groups.map((group) => columnOf({ ...column, begin }, group)) }
  })
}

function droppedOf(
  { categories, groups, rare, size }: Omit<OneHotColumn, 'begin' | 'targets' | 'dropped'>,
  j: number,
  drop: ParametersOf<typeof parameters>['drop'],
): number | undefined {
  if (drop === null) return undefined
  if (drop === 'first') return 0
  if (drop === 'ifBinary') return size === 2 ? 0 : undefined
  const index = categories.indexOf((drop as readonly Category[])[j]!)
  const name = describe((drop as readonly Category[])[j])
  if (index === -1) throw mismatch(`drop[${j}]`, `one of the categories of column ${j}`, name)
  if (rare?.includes(index)) throw mismatch(`drop[${j}]`, 'a category that is not rare', name)
  return groups[index]
}

function widthOf({ size, dropped }: Pick<OneHotColumn, 'size' | 'dropped'>): number {
  return dropped === undefined ? size : size - 1
}

/** The numbers that have a column, in their order. */
function keptOf({ size, dropped }: OneHotColumn): number[] {
  return Array.from({ length: size }, (_, group) => group).filter((group) => group !== dropped)
}

function categoryOf({ categories, groups, rare, size }: OneHotColumn, group: number): Category {
  return rare && group === size - 1 ? rareName : categories[groups.indexOf(group)]!
}

function nameOf(column: OneHotColumn, group: number): string {
  return `${categoryOf(column, group)}`
}

/** In which column of the result a group puts a 1; -1 for none. */
function columnOf({ dropped, begin }: Pick<OneHotColumn, 'dropped' | 'begin'>, group: number): number {
  if (group === dropped) return -1
  return begin + group - (dropped !== undefined && group > dropped ? 1 : 0)
}

function checkKnown(
  { columns, featureNamesIn }: OneHotState,
  values: readonly ArrayLike<unknown>[],
  rows: number,
): void {
  for (const [j, { indices, categories }] of columns.entries())
    refuseUnknown(values[j]!, rows, indices, categories, featureNamesIn?.[j] ?? j)
}

/** @throws ArgumentError that names the first row with a category that fit did not see. */
export function refuseUnknown(
  values: ArrayLike<unknown>,
  rows: number,
  indices: ReadonlyMap<Category, number>,
  categories: readonly Category[],
  column: string | number,
): void {
  for (let i = 0; i < rows; i++) {
    const category = categoryAt(values, i)
    if (indices.has(category)) continue
    const known = categories.slice(0, 10).map(describe).join(', ')
    throw invalid(
      `row ${i}, column ${typeof column === 'string' ? describe(column) : column} of x`,
      `one of the categories of fit (${known}${categories.length > 10 ? ', ...' : ''})`,
      category,
      'The parameter handleUnknown tells what else to do with it.',
    )
  }
}

function warnOfUnknown(
  { columns, featureNamesIn }: OneHotState,
  values: readonly ArrayLike<unknown>[],
  rows: number,
): void {
  const names = columns.flatMap(({ indices }, j) => {
    for (let i = 0; i < rows; i++) if (!indices.has(categoryAt(values[j]!, i))) return [featureNamesIn?.[j] ?? `x${j}`]
    return []
  })
  if (names.length === 0) return
  const what = 'count as infrequent ones, or as zeros where there are none'
  process.emitWarning(`OneHotEncoder: unknown categories in ${names.join(', ')} ${what}.`, 'PreprocessingWarning')
}

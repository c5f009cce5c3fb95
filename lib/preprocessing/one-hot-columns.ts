import { describe, invalid, mismatch } from '../base/check.js'
import type { Parameter } from '../learning/parameters.js'
import { type Category, readCategory } from './categories.js'
import { categoryOf, groupRare, type RareColumn, type Rarity, rareIndices } from './rare-categories.js'
import type { Vocabulary } from './vocabulary.js'

/** The category of each column that gets no column in the result. */
export type OneHotDrop = null | 'first' | 'ifBinary' | readonly Category[]

/** The parameter drop. */
export const dropParameter: Parameter<OneHotDrop> = {
  default: null,
  description:
    "The category without a column of its own: none, 'first', the first of two ('ifBinary'), or a category for each column.",
  takes: "null, 'first', 'ifBinary' or an array of categories, one a column",
  read(value, name) {
    if (value === null || value === 'first' || value === 'ifBinary') return value
    if (!Array.isArray(value)) throw invalid(name, dropParameter.takes, value)
    return Object.freeze(value.map((category, j) => readCategory(category, `${name}[${j}]`)))
  },
}

/** A column of x and its columns in the result. */
export interface OneHotColumn extends RareColumn {
  /** The group that gets no column. */
  readonly dropped: number | undefined
  /** Its first column in the result. */
  readonly begin: number
  /** The column of the result that is 1 for each category; -1 for none. */
  readonly targets: Int32Array
}

/**
 * Groups rare categories, drops a category of each column and assigns columns of the result.
 * @throws ArgumentError for a `drop` that does not fit the categories.
 */
export function layOut(
  vocabularies: readonly Vocabulary[],
  rows: number,
  params: Rarity & { readonly drop: OneHotDrop },
): readonly OneHotColumn[] {
  const { drop } = params
  if (Array.isArray(drop) && drop.length !== vocabularies.length) {
    throw mismatch('drop', `${vocabularies.length} categories, one a column`, `${drop.length}`)
  }
  return place(
    vocabularies.map((vocabulary, j) => {
      const { counts, categories } = vocabulary
      const column = groupRare(vocabulary, rareIndices(counts, rows, params), categories.length)
      return { ...column, dropped: droppedOf(column, j, drop) }
    }),
  )
}

/** Assigns columns of the result, in order. */
export function place(columns: readonly Omit<OneHotColumn, 'begin' | 'targets'>[]): readonly OneHotColumn[] {
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
  drop: OneHotDrop,
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

/** The number of columns in the result. */
export function widthOf({ size, dropped }: Pick<OneHotColumn, 'size' | 'dropped'>): number {
  return dropped === undefined ? size : size - 1
}

/** The groups that have a column, in order. */
export function keptOf({ size, dropped }: OneHotColumn): number[] {
  return Array.from({ length: size }, (_, group) => group).filter((group) => group !== dropped)
}

export function nameOf(column: OneHotColumn, group: number): string {
  return `${categoryOf(column, group)}`
}

/** The column of the result that is 1 for a group; -1 for none. */
export function columnOf({ dropped, begin }: Pick<OneHotColumn, 'dropped' | 'begin'>, group: number): number {
  if (group === dropped) return -1
  return begin + group - (dropped !== undefined && group > dropped ? 1 : 0)
}

import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, invalidEntry, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter } from '../learning/parameters.js'
import { restoreCount, restoreList } from '../learning/restore.js'
import { sortInSteps } from '../math/sort-in-steps.js'
import { type Category, type CategoryColumns, categoryAt, compareCategories, readCategory } from './categories.js'
import type { Features } from './input.js'

/** The categories of a column and their counts. */
export interface Vocabulary {
  /** Sorted, null last; or in the order of the parameter `categories`. */
  readonly categories: readonly Category[]
  readonly counts: readonly number[]
  readonly indices: ReadonlyMap<Category, number>
}

/** The counts of categories in each column. */
export type Counts = readonly Map<Category, number>[]

/** The parameter categories. */
export const categoriesParameter: Parameter<'auto' | readonly (readonly Category[])[]> = {
  default: 'auto',
  description: "The categories of each column, in order; 'auto' for those in fit, sorted.",
  takes: "'auto' or an array of arrays of categories, one a column",
  read(value, name) {
    if (value === 'auto') return value
    if (!Array.isArray(value)) throw invalid(name, categoriesParameter.takes, value)
    return Object.freeze(value.map((list, j) => readList(list, `${name}[${j}]`)))
  },
}

function readList(list: unknown, name: string): readonly Category[] {
  if (!Array.isArray(list) || list.length === 0) throw invalid(name, 'an array of categories', list)
  const read = list.map((category, k) => readCategory(category, `${name}[${k}]`))
  if (read.slice(0, -1).includes(null))
    throw new ArgumentError(`Expected null as the last category of ${name}, if it is one of them.`)
  const twice = read.find((category, k) => read.indexOf(category) !== k)
  if (twice !== undefined) {
    throw new ArgumentError(`Expected each category once for ${name}, but got ${describe(twice)} twice.`)
  }
  const kinds = kindsOf(read)
  if (kinds.size > 1) throw mismatch(name, 'categories of one kind', [...kinds].join(' and '))
  // As in scikit-learn: unsorted numbers are assumed to be a mistake.
  if (kinds.has('number') && read.some((category, k) => k > 0 && compareCategories(read[k - 1]!, category) > 0)) {
    throw new ArgumentError(`Expected ascending numbers for ${name}.`)
  }
  return Object.freeze(read)
}

/** The types of categories, without missing ones. */
function kindsOf(categories: readonly Category[]): Set<string> {
  return new Set(categories.filter((category) => category !== null).map((category) => typeof category))
}

/** Counts the categories of each column, added to the counts of earlier batches. */
export function* countCategories({ rows, columns, values }: CategoryColumns, before: Counts | undefined): Work<Counts> {
  const counts = Array.from({ length: columns }, (_, j) => new Map(before?.[j]))
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (const [j, column] of values.entries()) {
      const columnCounts = counts[j]!
      for (let i = begin; i < end; i++) {
        const category = categoryAt(column, i)
        columnCounts.set(category, (columnCounts.get(category) ?? 0) + 1)
      }
    }
  })
  return counts
}

/**
 * The vocabularies of counted columns.
 * @param lists the parameter `categories`.
 * @param refuse whether categories that are not in these lists are an error.
 * @throws ArgumentError for that, for a wrong number of lists, or if batches mix kinds in a column.
 */
export function* vocabulariesOf(
  counts: Counts,
  lists: 'auto' | readonly (readonly Category[])[],
  refuse: boolean,
): Work<Vocabulary[]> {
  if (lists !== 'auto' && lists.length !== counts.length) {
    throw mismatch('categories', `${counts.length} arrays, one a column`, `${lists.length}`)
  }
  const vocabularies: Vocabulary[] = []
  for (const [j, columnCounts] of counts.entries()) {
    const present = [...columnCounts.keys()]
    const kinds = yield* kindsInSteps(present)
    if (kinds.size > 1) throw mismatch(`column ${j} of x`, 'categories of one kind', [...kinds].join(' and '))
    const list = lists === 'auto' ? yield* sortInSteps(present, compareCategories) : lists[j]!
    const listed = refuse && lists !== 'auto' ? new Set(list) : undefined
    const unknown = listed ? yield* findInSteps(present.length, (k) => !listed.has(present[k]!)) : -1
    if (unknown !== -1) {
      throw mismatch(`column ${j} of x`, 'categories that the parameter categories lists', describe(present[unknown]))
    }
    vocabularies.push(yield* vocabularyInSteps(list, columnCounts))
  }
  return vocabularies
}

function* kindsInSteps(categories: readonly Category[]): Work<Set<string>> {
  const kinds = new Set<string>()
  yield* rowBlocks(categories.length, 1, (begin, end) => {
    for (const kind of kindsOf(categories.slice(begin, end))) kinds.add(kind)
  })
  return kinds
}

function* vocabularyInSteps(categories: readonly Category[], countOf: ReadonlyMap<Category, number>): Work<Vocabulary> {
  const counts = new Array<number>(categories.length)
  const indices = new Map<Category, number>()
  yield* rowBlocks(categories.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      counts[k] = countOf.get(categories[k]!) ?? 0
      indices.set(categories[k]!, k)
    }
  })
  return { categories, counts, indices }
}

export function vocabulary(categories: readonly Category[], counts: readonly number[]): Vocabulary {
  return { categories, counts, indices: new Map(categories.map((category, k) => [category, k])) }
}

/** Vocabularies as JSON. */
export function recordVocabularies(vocabularies: readonly Vocabulary[]): object[] {
  return vocabularies.map(({ categories, counts }) => ({ categories, counts }))
}

/** @throws ArgumentError for JSON that is not of vocabularies. */
export function restoreVocabularies(value: unknown, { nFeaturesIn }: Features): Vocabulary[] {
  return restoreList(value, 'vocabularies', nFeaturesIn, (json, name) => {
    const { categories, counts } = Object(json) as Record<string, unknown>
    const list = restoreList(categories, `categories of ${name}`, undefined, readCategory)
    if (list.length === 0 || new Set(list).size !== list.length) {
      throw new ArgumentError(`Expected categories that differ for ${name}, at least one.`)
    }
    if (list.slice(0, -1).includes(null)) throw new ArgumentError(`Expected null as the last category of ${name}.`)
    return vocabulary(
      list,
      restoreList(counts, `counts of ${name}`, list.length, (count, label) => restoreCount(count, label)),
    )
  })
}

/** The error for a category that is not in fit. */
export function unknownError(
  category: Category,
  row: number,
  column: string | number,
  { categories }: Vocabulary,
): ArgumentError {
  const first = categories.slice(0, 10).map(describe).join(', ')
  return invalidEntry(
    'x',
    { row, column },
    `one of the categories in fit (${first}${categories.length > 10 ? ', ...' : ''})`,
    category,
    'Set the parameter handleUnknown to encode it.',
  )
}

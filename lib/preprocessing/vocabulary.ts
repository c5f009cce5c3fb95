import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter } from '../learning/parameters.js'
import { restoreCount, restoreList } from '../learning/restore.js'
import { type Category, type CategoryColumns, categoryAt, compareCategories, readCategory } from './categories.js'
import type { Features } from './input.js'

/** The categories of a column, with how often each came. */
export interface Vocabulary {
  /** Sorted, what is missing last; or in the order in which they were given. */
  readonly categories: readonly Category[]
  readonly counts: readonly number[]
  readonly indices: ReadonlyMap<Category, number>
}

/** What an encoder counts while batches come. */
export type Counts = readonly Map<Category, number>[]

/** The parameter categories: what there is in fit, or lists of one's own. */
export const categoriesParameter: Parameter<'auto' | readonly (readonly Category[])[]> = {
  default: 'auto',
  description: "The categories of each column, in their order; 'auto' for those of fit, sorted.",
  takes: "'auto' or an array of arrays of categories, one a column",
  read(value, name) {
    if (value === 'auto') return value
    if (!Array.isArray(value)) throw invalid(name, categoriesParameter.takes, value)
    return Object.freeze(value.map((list, j) => readList(list, `${name}[${j}]`)))
  },
}

function readList(list: unknown, name: string): readonly Category[] {
  if (!Array.isArray(list) || list.length === 0) throw invalid(name, 'an array of categories', list)
  const read = list.map((each, k) => readCategory(each, `${name}[${k}]`))
  if (read.slice(0, -1).includes(null)) throw new ArgumentError(`Expected null as the last of ${name}, if at all.`)
  const twice = read.find((each, k) => read.indexOf(each) !== k)
  if (twice !== undefined)
    throw new ArgumentError(`Expected each category once for ${name}, but got ${describe(twice)} twice.`)
  const kinds = new Set(read.filter((each) => each !== null).map((each) => typeof each))
  if (kinds.size > 1) throw mismatch(name, 'categories of one kind', [...kinds].join(' and '))
  // As scikit-learn has it: numbers that are not sorted are taken for a mistake.
  if (kinds.has('number') && read.some((each, k) => k > 0 && compareCategories(read[k - 1]!, each) > 0)) {
    throw new ArgumentError(`Expected numbers that rise for ${name}.`)
  }
  return Object.freeze(read)
}

/** Counts the categories of each column, together with those before. */
export function* countCategories({ rows, columns, values }: CategoryColumns, before: Counts | undefined): Work<Counts> {
  const counts = Array.from({ length: columns }, (_, j) => new Map(before?.[j]))
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (const [j, column] of values.entries()) {
      const own = counts[j]!
      for (let i = begin; i < end; i++) {
        const category = categoryAt(column, i)
        own.set(category, (own.get(category) ?? 0) + 1)
      }
    }
  })
  return counts
}

/**
 * The vocabularies of counted columns.
 * @param refuse whether what is not among given categories is an error.
 * @throws ArgumentError for that, for lists for another number of columns, or where batches mix kinds in a column.
 */
export function vocabulariesOf(
  counts: Counts,
  given: 'auto' | readonly (readonly Category[])[],
  refuse: boolean,
): Vocabulary[] {
  if (given !== 'auto' && given.length !== counts.length) {
    throw mismatch('categories', `${counts.length} arrays, one a column`, `${given.length}`)
  }
  return counts.map((own, j) => {
    const kinds = new Set([...own.keys()].filter((each) => each !== null).map((each) => typeof each))
    if (kinds.size > 1) throw mismatch(`column ${j} of x`, 'categories of one kind', [...kinds].join(' and '))
    if (given === 'auto') {
      const sorted = [...own.keys()].sort(compareCategories)
      return vocabulary(
        sorted,
        sorted.map((each) => own.get(each)!),
      )
    }
    const list = given[j]!
    const unknown = refuse ? [...own.keys()].find((each) => !list.includes(each)) : undefined
    if (unknown === undefined)
      return vocabulary(
        list,
        list.map((each) => own.get(each) ?? 0),
      )
    throw mismatch(`column ${j} of x`, 'categories that the parameter categories lists', describe(unknown))
  })
}

export function vocabulary(categories: readonly Category[], counts: readonly number[]): Vocabulary {
  return { categories, counts, indices: new Map(categories.map((category, k) => [category, k])) }
}

/** How vocabularies stand in JSON. */
export function recordVocabularies(vocabularies: readonly Vocabulary[]): object[] {
  return vocabularies.map(({ categories, counts }) => ({ categories, counts }))
}

/** @throws ArgumentError for what no vocabularies can be. */
export function restoreVocabularies(value: unknown, { nFeaturesIn }: Features): Vocabulary[] {
  return restoreList(value, 'vocabularies', nFeaturesIn, (each, name) => {
    const { categories, counts } = Object(each) as Record<string, unknown>
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

/** The error that names the row of a category that fit did not see. */
export function unknownError(
  category: Category,
  row: number,
  column: string | number,
  { categories }: Vocabulary,
): ArgumentError {
  const known = categories.slice(0, 10).map(describe).join(', ')
  return invalid(
    `row ${row}, column ${typeof column === 'string' ? describe(column) : column} of x`,
    `one of the categories of fit (${known}${categories.length > 10 ? ', ...' : ''})`,
    category,
    'The parameter handleUnknown tells what else to do with it.',
  )
}

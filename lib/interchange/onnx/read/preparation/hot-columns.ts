import type { Work } from '../../../../base/breathing.js'
import type { Category, Lookup } from './lookup.js'
import { imputer, type Step } from './piece.js'
import { cellsInStep } from './value.js'

/** Categories with the column of their 1; -1 for none. */
export interface HotBlock {
  readonly categories: readonly { readonly category: Category; readonly place: number }[]
  /** That of an unknown entry; undefined where it is refused. */
  readonly unknown: number | undefined
}

/** The first columns of a lookup as those of a OneHotEncoder. */
interface HotColumns {
  /** How many columns may be one block, the most first. */
  readonly widths: readonly number[]
  readonly blockOf: (width: number) => HotBlock & { readonly steps: readonly Step[] }
}

/**
 * Finds the columns with a 1 for each entry and 0 for the others, column by column up to the last that can be of the block, so that
 * no column is read twice.
 */
export function* hotColumns({ known, width, numberOf }: Lookup): Work<HotColumns> {
  const [unknown, missing] = [known.length, known.length + 1]
  const isRefused = (entry: number) => entry >= unknown && Number.isNaN(numberOf(entry, 0))
  // Only where unknown entries are refused are missing ones.
  const refused = new Set(isRefused(unknown) ? [unknown, missing].filter(isRefused) : [])
  const places = new Int32Array(known.length + 2).fill(-1)
  let end = 0
  let cells = 0
  for (let isOpen = true; isOpen && end < width; ) {
    cells += places.length
    if (cells > cellsInStep) {
      yield
      cells = 0
    }
    const count = markHot(end, { places, refused, numberOf })
    if (count === undefined) break
    end++
    // A column of no category, or of several, is the last one; so is that of unknown entries.
    isOpen = count === 1 && places[unknown] === -1
  }
  const ends = [end, end - 1, places[missing]! + 2, places[missing]! + 1, places[missing]!]
  const widths = [...new Set(ends)].filter((one) => one >= 1 && one <= end).sort((a, b) => b - a)
  return { widths, blockOf: (count) => blockOf(known, places, refused, count) }
}

interface Marks {
  /** The column of the 1 of each entry; -1 as long as there is none. */
  readonly places: Int32Array
  /** Entries that are NaN in each column. */
  readonly refused: ReadonlySet<number>
  readonly numberOf: Lookup['numberOf']
}

/** Marks the entries that have their 1 in a column; how many categories these are, or undefined where the column is no such one. */
function markHot(column: number, { places, refused, numberOf }: Marks): number | undefined {
  const missing = places.length - 1
  let count = 0
  for (let entry = 0; entry < places.length; entry++) {
    const value = numberOf(entry, column)
    if (refused.has(entry)) {
      if (!Number.isNaN(value)) return undefined
    } else if (value === 1 && places[entry] === -1) {
      places[entry] = column
      // Missing entries are one where no other has the column.
      if (entry < missing - 1 || (entry === missing && count === 0)) count++
    } else if (value !== 0) return undefined
  }
  return count
}

/** Missing entries that are treated as a category are filled in before; else they are a category of their own, or unknown. */
function blockOf(known: Lookup['known'], places: Int32Array, refused: ReadonlySet<number>, width: number) {
  const placeOf = (entry: number) => (refused.has(entry) ? undefined : places[entry]! < width ? places[entry]! : -1)
  const [unknown, missing] = [placeOf(known.length), placeOf(known.length + 1)]
  const all = known.map((category, k) => ({ category: category as Category, place: placeOf(k)! }))
  // Entries without a 1 are as unknown ones; those that share their 1 with unknown ones are rare.
  const categories = unknown === -1 ? all.filter(({ place }) => place !== -1) : all
  if (missing === undefined || missing === unknown) return { categories, unknown, steps: [] }
  const fill = categories.find(({ place }) => place === missing)
  if (fill) return { categories, unknown, steps: [imputer(fill.category!)] }
  return { categories: [...categories, { category: null, place: missing }], unknown, steps: [] }
}

import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter, ParameterTable } from '../learning/parameters.js'
import { restoreCount, restoreList } from '../learning/restore.js'
import type { Category } from './categories.js'
import type { Vocabulary } from './vocabulary.js'

/** What inverseTransform gives for the group of all rare categories. */
const rareName = 'infrequent'

/** Which categories are rare: the parameters that both encoders share. */
export interface Rarity {
  readonly minFrequency: number | null
  readonly maxCategories: number | null
}

export const rarityParameters = {
  minFrequency: {
    default: null,
    description:
      'Categories below this frequency form one group of rare ones: a count, or below 1 a share of the rows; null for no limit.',
    takes: 'an integer of at least 1, a number between 0 and 1, or null',
    read(value: unknown, name: string): number | null {
      if (value === null) return null
      const isShare = typeof value === 'number' && value > 0 && value < 1
      if (!isShare && !(Number.isSafeInteger(value) && (value as number) >= 1)) {
        throw invalid(name, rarityParameters.minFrequency.takes, value)
      }
      return value as number
    },
  } as Parameter<number | null>,
  maxCategories: {
    default: null,
    description: 'Maximum number of categories, with the group of rare ones as one of them; null for no limit.',
    takes: 'an integer of at least 1 or null',
    read(value: unknown, name: string): number | null {
      if (value !== null && !(Number.isSafeInteger(value) && (value as number) >= 1)) {
        throw invalid(name, rarityParameters.maxCategories.takes, value)
      }
      return value as number | null
    },
  } as Parameter<number | null>,
} satisfies ParameterTable

/** A column whose rare categories form one group. */
export interface RareColumn extends Vocabulary {
  /** Indices of the rare categories, ascending. */
  readonly rare: readonly number[] | undefined
  /** The group of each category: one for each frequent category, the last one for all rare ones. */
  readonly groups: Int32Array
  /** The number of groups. */
  readonly size: number
}

/**
 * Indices of the rare categories: those below minFrequency, then the least frequent ones until at most maxCategories groups
 * are left. Undefined if there are none.
 */
export function rareIndices(counts: readonly number[], rows: number, { minFrequency, maxCategories }: Rarity) {
  const least = minFrequency === null ? 0 : Number.isInteger(minFrequency) ? minFrequency : minFrequency * rows
  const rare = new Set(counts.flatMap((count, k) => (count < least ? [k] : [])))
  const groups = counts.length - rare.size + 1
  if (maxCategories !== null && maxCategories < groups) {
    // Of equal counts the first categories become rare.
    const order = counts.map((_, k) => k).sort((a, b) => counts[a]! - counts[b]! || a - b)
    for (const k of order.slice(0, Math.max(order.length - (maxCategories - 1), 0))) rare.add(k)
  }
  return rare.size > 0 ? [...rare].sort((a, b) => a - b) : undefined
}

/**
 * A column with its groups.
 * @param length how many of its categories have a group: the first ones.
 * @throws ArgumentError for a rare index beyond them, which only a file can hold.
 */
export function groupRare(column: Vocabulary, rare: readonly number[] | undefined, length: number): RareColumn {
  if (!rare) return { ...column, rare, groups: Int32Array.from({ length }, (_, k) => k), size: length }
  if (rare.at(-1)! >= length) throw mismatch('a rare category', `an index below ${length}`, `${rare.at(-1)}`)
  const size = length - rare.length + 1
  const isRare = new Set(rare)
  let next = 0
  const groups = Int32Array.from({ length }, (_, k) => (isRare.has(k) ? size - 1 : next++))
  return { ...column, rare, groups, size }
}

/** The category of a group, 'infrequent' for the rare ones. */
export function categoryOf({ categories, groups, rare, size }: RareColumn, group: number): Category {
  return rare && group === size - 1 ? rareName : categories[groups.indexOf(group)]!
}

/** Reads rare indices from a file: ascending, or null for none. */
export function restoreRare(value: unknown, name: string): readonly number[] | undefined {
  if (value === null) return undefined
  const rare = restoreList(value, name, undefined, (index, label) => restoreCount(index, label))
  if (rare.length > 0 && rare.every((index, k) => k === 0 || index > rare[k - 1]!)) return rare
  throw new ArgumentError(`Expected ascending indices for ${name}.`)
}

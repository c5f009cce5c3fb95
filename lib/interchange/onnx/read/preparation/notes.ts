import type { Branches } from './branches.js'

/** Numbers that a column is compared with in one node, at most, that are all tried: of longer lists, those of quantiles, some are. */
const mostSingles = 64

/** What is noted of each column of the inputs while a graph is evaluated: numbers and words that it is compared with. */
export class Notes {
  /** Entries that are looked up or tested for equality. */
  readonly #keys = new Map<number, Set<number | string>>()
  /** Numbers in the place of missing ones. */
  readonly #fills = new Map<number, Set<number | string>>()
  /** Numbers that a column is compared with in one node, in their order; the longest list, which may be that of quantiles. */
  readonly #limits = new Map<number, number[]>()
  /** The numbers of all other lists. */
  readonly #others = new Map<number, Set<number | string>>()
  /** Columns of words in which the empty string is a category of its own. */
  readonly #emptyWords = new Set<number>()
  /** The branches that rows take, if they are watched. */
  branches: Branches | undefined

  key(column: number, value: number | string): void {
    add(this.#keys, column, value)
  }

  fill(column: number, value: number | string): void {
    add(this.#fills, column, value)
  }

  limits(column: number, numbers: number[]): void {
    if (numbers.length > (this.#limits.get(column)?.length ?? 0)) this.#limits.set(column, numbers)
    if (numbers.length <= mostSingles) for (const limit of numbers) add(this.#others, column, limit)
  }

  /** Notes a list of words that are looked up; with '' last, or alone, it stands for a missing one as in the files of toOnnx. */
  words(column: number, words: readonly (number | string)[]): void {
    const at = words.indexOf('')
    if (at >= 0 && at < words.length - 1) this.#emptyWords.add(column)
  }

  knowsEmpty(column: number): boolean {
    return this.#emptyWords.has(column)
  }

  /** Single limits of a column, in order. */
  singlesOf(column: number): number[] {
    const numbers = [...(this.#others.get(column) ?? [])].filter((x) => typeof x === 'number' && Number.isFinite(x))
    return (numbers as number[]).sort((a, b) => a - b)
  }

  keysOf(column: number): (number | string)[] {
    return [...(this.#keys.get(column) ?? [])]
  }

  fillsOf(column: number): (number | string)[] {
    return [...(this.#fills.get(column) ?? [])]
  }

  limitsOf(column: number): readonly number[] {
    return this.#limits.get(column) ?? []
  }
}

function add(sets: Map<number, Set<number | string>>, column: number, value: number | string): void {
  const set = sets.get(column)
  if (set) set.add(value)
  else sets.set(column, new Set([value]))
}

import type { Branches } from './branches.js'
import type { Entry } from './inputs.js'

/** Numbers that a column is compared with in one node, at most, that are all tried: of longer lists, those of quantiles, some are. */
const mostSingles = 64

/** Cells of values that take as much memory as an entry of a set, about. */
const cellsOfNote = 4

/** Entries that a node looks up. */
export interface Words {
  readonly list: readonly Entry[]
  /** Whether '' is one of them; the last one, or the only one, stands for a missing entry in the files of toOnnx. */
  readonly hasEmpty: boolean
}

/** What is noted of each column of the inputs while a graph is evaluated: numbers and words that it is compared with. */
export class Notes {
  /** Entries that are looked up or tested for equality: single ones, and lists that columns share. */
  readonly #keys = new Map<number, Set<Entry | Words>>()
  /** Numbers in the place of missing ones. */
  readonly #fills = new Map<number, Set<Entry>>()
  /** Numbers that a column is compared with in one node, in their order; the longest list, which may be that of quantiles. */
  readonly #limits = new Map<number, number[]>()
  /** The numbers of all other lists. */
  readonly #others = new Map<number, Set<Entry>>()
  /** Columns of words in which the empty string is a category of its own. */
  readonly #emptyWords = new Set<number>()
  /** The branches that rows take, if they are watched. */
  branches: Branches | undefined
  #cells = 0

  /** Cells of values that take as much memory as the notes, about. */
  get cells(): number {
    return this.#cells
  }

  key(column: number, value: Entry): void {
    this.#add(this.#keys, column, value, 0)
  }

  /** Notes a list of entries that are looked up, once: columns hold the same list. */
  keys(column: number, words: Words): void {
    if (!this.#add(this.#keys, column, words, words.list.length)) return
    if (words.hasEmpty) this.#emptyWords.add(column)
  }

  fill(column: number, value: Entry): void {
    this.#add(this.#fills, column, value, 0)
  }

  limits(column: number, numbers: number[]): void {
    const longest = this.#limits.get(column)?.length ?? 0
    if (numbers.length > longest) {
      this.#limits.set(column, numbers)
      this.#cells += numbers.length - longest
    }
    if (numbers.length <= mostSingles) for (const limit of numbers) this.#add(this.#others, column, limit, 0)
  }

  knowsEmpty(column: number): boolean {
    return this.#emptyWords.has(column)
  }

  /** Single limits of a column, in order. */
  singlesOf(column: number): number[] {
    const numbers = [...(this.#others.get(column) ?? [])].filter((x) => typeof x === 'number' && Number.isFinite(x))
    return (numbers as number[]).sort((a, b) => a - b)
  }

  keysOf(column: number): Entry[] {
    const all = new Set<Entry>()
    for (const key of this.#keys.get(column) ?? []) {
      if (typeof key !== 'object') all.add(key)
      else for (const word of key.list) all.add(word)
    }
    return [...all]
  }

  fillsOf(column: number): Entry[] {
    return [...(this.#fills.get(column) ?? [])]
  }

  limitsOf(column: number): readonly number[] {
    return this.#limits.get(column) ?? []
  }

  /** Whether a value is new in the set of a column; `size` is how many entries it stands for beside itself. */
  #add<T>(sets: Map<number, Set<T>>, column: number, value: T, size: number): boolean {
    const set = sets.get(column) ?? new Set<T>()
    if (set.has(value)) return false
    sets.set(column, set.add(value))
    this.#cells += cellsOfNote + size
    return true
  }
}

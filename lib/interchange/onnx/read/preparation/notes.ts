/** What is noted of each column of the inputs while a graph is evaluated: numbers and words that it is compared with. */
export class Notes {
  /** Entries that are looked up or tested for equality. */
  readonly #keys = new Map<number, Set<number | string>>()
  /** Numbers in the place of missing ones. */
  readonly #fills = new Map<number, Set<number | string>>()
  /** Numbers that a column is compared with in one node, in their order; the longest list. */
  readonly #limits = new Map<number, number[]>()

  key(column: number, value: number | string): void {
    add(this.#keys, column, value)
  }

  fill(column: number, value: number | string): void {
    add(this.#fills, column, value)
  }

  limits(column: number, numbers: number[]): void {
    if (numbers.length > (this.#limits.get(column)?.length ?? 0)) this.#limits.set(column, numbers)
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

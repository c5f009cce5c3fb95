/** The keys of a store, in the process that hosts it. */
export class Memory {
  readonly #values = new Map<string, Uint8Array>()
  readonly #sums = new Map<string, number>()
  readonly #waiting = new Map<string, Set<(value: Uint8Array) => void>>()

  set(key: string, value: Uint8Array): void {
    this.#values.set(key, value)
    const waiting = this.#waiting.get(key)
    this.#waiting.delete(key)
    for (const tell of waiting ?? []) tell(value)
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key)
  }

  /** Calls `tell` once, when the key gets a value. Returns a function that ends the wait. */
  wait(key: string, tell: (value: Uint8Array) => void): () => void {
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting.add(tell))
    return () => {
      waiting.delete(tell)
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
    }
  }

  add(key: string, amount: number): number {
    const sum = (this.#sums.get(key) ?? 0) + amount
    this.#sums.set(key, sum)
    return sum
  }

  deleteAll(prefix: string): void {
    for (const map of [this.#values, this.#sums]) {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key)
    }
  }
}

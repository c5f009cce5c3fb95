/** What was made last, by key; older things are forgotten. */
export class Recent<V> {
  readonly #most: number
  readonly #values = new Map<string, Promise<V>>()

  /** @param most how many are kept. */
  constructor(most: number) {
    this.#most = most
  }

  /** The value of a key, made where it is not kept. What could not be made is not kept. */
  get(key: string, make: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key)
    const value = known ?? make()
    // The last one used is the last to go.
    this.#values.delete(key)
    this.#values.set(key, value)
    if (known) return known
    value.catch(() => this.#values.delete(key))
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest)
    return value
  }
}

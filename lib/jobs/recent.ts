/** Values that nobody has asked for so long are forgotten: they may be large. */
const idleMs = 60_000

/** What was made last, by key; older values are forgotten. */
export class Recent<V> {
  readonly #most: number
  readonly #idleMs: number
  readonly #values = new Map<string, { readonly value: Promise<V>; readonly timer: NodeJS.Timeout }>()

  /** @param most how many are kept. */
  constructor(most: number, idle = idleMs) {
    this.#most = most
    this.#idleMs = idle
  }

  /** The value of a key, made where it is not kept. What could not be made is not kept. */
  get(key: string, make: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key)
    const value = known?.value ?? make()
    clearTimeout(known?.timer)
    const timer = setTimeout(() => this.#values.delete(key), this.#idleMs).unref()
    // A Map keeps the order of insertion: the first key is the one that was used longest ago.
    this.#values.delete(key)
    this.#values.set(key, { value, timer })
    if (known) return value
    value.catch(() => this.#forget(key))
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#most && oldest !== undefined) this.#forget(oldest)
    return value
  }

  #forget(key: string): void {
    clearTimeout(this.#values.get(key)?.timer)
    this.#values.delete(key)
  }
}

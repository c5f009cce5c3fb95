/** The longest time of setTimeout. */
const mostMs = 2 ** 31 - 1

/** Ends an async iteration at a time, also while it waits for its next value. */
export class Clock {
  readonly #until: number
  #isOver = false

  /** @param until as performance.now() counts. */
  constructor(until: number) {
    this.#until = until
  }

  /** Whether untilOver ended for the time. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The values of an iterable until the time is over. Does not wait for a value, or for the iterator's end, longer than that. */
  async *untilOver<T>(values: AsyncIterable<T>): AsyncGenerator<T, void, void> {
    if (this.#until === Infinity) {
      yield* values
      return
    }
    let wake: (() => void) | undefined
    const ms = Math.min(Math.max(this.#until - performance.now(), 0), mostMs)
    const timer = setTimeout(() => {
      this.#isOver = true
      wake?.()
    }, ms)
    const iterator = values[Symbol.asyncIterator]()
    const next = () =>
      new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined)
        Promise.resolve(iterator.next()).then(resolve, reject)
      })
    let isOpen = true
    try {
      while (!this.#isOver) {
        isOpen = false
        const result = await next()
        if (result?.done) return
        isOpen = true
        if (result !== undefined) yield result.value
      }
    } finally {
      clearTimeout(timer)
      if (isOpen) {
        // What waits for its next value answers later, or never.
        if (this.#isOver) closeLater(iterator)
        else await iterator.return?.()
      }
    }
  }
}

/** Asks an iterator to end, and leaves it alone: nobody waits for it, or for its error. */
async function closeLater(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {}
}

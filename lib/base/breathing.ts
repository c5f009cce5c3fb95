import { setImmediate } from 'node:timers/promises'

/** Work in small steps: a generator that yields where it may pause, and returns its result. */
export type Work<R> = Generator<void, R, void>

/** How long work may run before the event loop gets a turn, in milliseconds. */
const sliceMs = 5

/** Cells of a table in one step, which takes well below a millisecond. */
const cellsInStep = 1 << 14

/**
 * Runs work in slices of `sliceMs` milliseconds, with a turn of the event loop after each.
 * @throws the signal's reason as soon as it is aborted.
 */
export async function runBreathing<R>(work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
  signal?.throwIfAborted()
  let start = performance.now()
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() - start < sliceMs) continue
    await setImmediate()
    signal?.throwIfAborted()
    start = performance.now()
  }
}

/** Runs work to its end, without a turn of the event loop. */
export function runNow<R>(work: Work<R>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Gives the event loop turns in a loop of asynchronous steps that may settle without one. */
export class Breather {
  #since = performance.now()

  /** Whether the last turn was so long ago that the next one is due. */
  get isDue(): boolean {
    return performance.now() - this.#since >= sliceMs
  }

  async turn(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}

/** Calls `visit` with blocks of rows, from `begin` up to, not including, `end`, and yields after each. */
export function* rowBlocks(rows: number, columns: number, visit: (begin: number, end: number) => void): Work<void> {
  const block = Math.max(1, Math.floor(cellsInStep / Math.max(columns, 1)))
  for (let begin = 0; begin < rows; begin += block) {
    visit(begin, Math.min(begin + block, rows))
    yield
  }
}

import { setImmediate } from 'node:timers/promises'

/** Work in small steps: it yields where it can be interrupted, and returns its result. */
export type Work<R> = Generator<void, R, void>

/** The event loop breathes after so many milliseconds of work. */
const sliceMs = 5

/** Cells of a table between two steps: well below a millisecond. */
const cellsInStep = 1 << 14

/**
 * Does work between other turns of the event loop.
 * @throws the signal's reason as soon as it is aborted.
 */
export async function runBreathing<R>(work: Work<R>, signal: AbortSignal | undefined): Promise<R> {
  signal?.throwIfAborted()
  let since = performance.now()
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() - since < sliceMs) continue
    await setImmediate()
    signal?.throwIfAborted()
    since = performance.now()
  }
}

/** Does work on the spot. */
export function runNow<R>(work: Work<R>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Rows of a table in blocks [begin, end), with a step after each. */
export function* rowBlocks(rows: number, columns: number, visit: (begin: number, end: number) => void): Work<void> {
  const block = Math.max(1, Math.floor(cellsInStep / Math.max(columns, 1)))
  for (let begin = 0; begin < rows; begin += block) {
    visit(begin, Math.min(begin + block, rows))
    yield
  }
}

import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { checkInteger } from '../check.js'
import type { Stopping } from '../stopping.js'

/** How many fits train side by side: as many as there are cores, unless it is said. */
export function readThreads(threads: unknown): number {
  return threads === undefined ? availableParallelism() : checkInteger(threads, 'threads', { min: 1, max: 256 })
}

/**
 * Runs jobs in their order, so many training at a time, until `stopping`, which the first error ends as well: it is thrown once those that
 * run have ended.
 */
export async function sideBySide(
  jobs: readonly (() => Promise<void>)[],
  atOnce: number,
  stopping: Stopping,
): Promise<void> {
  let next = 0
  let failure: { error: unknown } | undefined
  const worker = async () => {
    while (next < jobs.length && !stopping.stopped) {
      try {
        await jobs[next++]!()
      } catch (error) {
        failure ??= { error }
        stopping.fail(error)
      }
      // What ends one fit and what begins the next are not to be one turn of the event loop.
      await setImmediate()
    }
  }
  // Where all cores are to train, one more: none waits while the next fit is prepared, or the last one scored, on this thread.
  const workers = atOnce === availableParallelism() ? atOnce + 1 : atOnce
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, worker))
  if (failure) throw failure.error
}

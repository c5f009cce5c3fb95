import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { checkInteger } from '../base/check.js'
import type { Stopping } from '../base/stopping.js'

/**
 * How many fits are under way at once. Unless it is said, one more than there are cores: none of these waits while the next
 * fit is prepared, or the last one scored, on this thread.
 */
export function readThreads(threads: unknown): number {
  return threads === undefined ? availableParallelism() + 1 : checkInteger(threads, 'threads', { min: 1, max: 256 })
}

/**
 * Runs jobs in their order, so many at a time, until `stopping`, which the first error ends as well: it is thrown once those that
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
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
  if (failure) throw failure.error
}

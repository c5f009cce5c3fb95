import { setImmediate } from 'node:timers/promises'
import { checkInteger } from '../base/check.js'
import type { Stopping } from '../base/stopping.js'
import { native } from '../native/addon.js'

/** Fits in a queue at once, by default. */
const inQueue = 1000

/**
 * The option `concurrency`: the number of fits that run at once. By default one more than there are cores, so that no
 * core idles while this thread prepares the next fit or scores the last one. Cores are counted by the addon, whose pool
 * runs the fits: it also reads CPU quotas. With a queue it is the number of fits in it at once.
 */
export function readConcurrency(concurrency: unknown, queue?: object): number {
  if (queue) return concurrency === undefined ? inQueue : checkInteger(concurrency, 'concurrency', { min: 1 })
  if (concurrency === undefined) return native().info().cores + 1
  return checkInteger(concurrency, 'concurrency', { min: 1, max: 256 })
}

/**
 * Runs jobs in order, `atOnce` at a time, until `stopping`. The first error stops the run, and is thrown after the running jobs
 * have ended.
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
      // Lets the event loop turn between the end of a fit and the start of the next.
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
  if (failure) throw failure.error
}

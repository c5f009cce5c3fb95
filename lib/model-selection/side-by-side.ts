import { availableParallelism } from 'node:os'
import { checkInteger } from '../check.js'

/** How many fits run side by side: as many as there are cores, unless it is said. */
export function readThreads(threads: unknown): number {
  return threads === undefined ? availableParallelism() : checkInteger(threads, 'threads', { min: 1, max: 256 })
}

/**
 * Runs jobs in their order, so many at a time. The first error ends it, once those that run have ended.
 * @param stopped asked before each job: none begins any more when it is true.
 */
export async function sideBySide(
  jobs: readonly (() => Promise<void>)[],
  atOnce: number,
  stopped: () => boolean,
): Promise<void> {
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < jobs.length && !failed && !stopped()) {
      try {
        await jobs[next++]!()
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
  const error = ended.find((one) => one.status === 'rejected')
  if (error) throw error.reason
}

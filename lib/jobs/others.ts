import { describe } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { jobName } from './message.js'
import type { Queue } from './packages.js'

/** States of jobs that are still to be done. */
const states = ['wait', 'active', 'delayed', 'prioritized', 'paused', 'waiting-children']

/** Jobs that are looked at in each state. */
const looked = 100

/**
 * Checks that a queue has no jobs of other programs.
 * @throws MlpError ERR_QUEUE that names them.
 */
export async function checkOwnQueue(queue: Queue, name: string): Promise<void> {
  const others = new Set<string>()
  for (const job of await queue.getJobs(states, 0, looked - 1)) if (job && job.name !== jobName) others.add(job.name)
  if (others.size > 0) throw otherJobs(name, [...others])
}

/** The error for a queue of others. */
export function otherJobs(queue: string, names: readonly string[]): MlpError {
  return new MlpError(
    `Expected a queue of perceptra alone, but ${describe(queue)} has jobs of others: ${names.slice(0, 5).map(describe).join(', ')}. ` +
      'They are left as they are. Name another queue.',
    'ERR_QUEUE',
  )
}

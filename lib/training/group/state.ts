import { runSoon, type Work } from '../../base/breathing.js'
import type { Core } from '../../network/core.js'
import { readAllWeights, readOptimizerState, writeAllWeights, writeOptimizerState } from '../../network/state.js'
import type { Group } from './group.js'

/** What is sent at once, in bytes. */
const partBytes = 16 << 20

/**
 * Gives the weights of rank 0, the optimizer's state, and the numbers of steps and epochs, to all ranks. At rest.
 * @param reset makes the optimizer's state anew.
 */
export async function takeState(core: Core, group: Group, reset: () => void): Promise<void> {
  const isFirst = group.rank === 0
  const run = <R>(work: Work<R>) => runSoon(work, { check: () => core.checkAlive() })
  const count = core.tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
  const state = isFirst ? await run(readOptimizerState(core.native, count)) : undefined
  const head = { steps: core.steps, epochs: core.epochs, slots: state?.slots.length ?? 0 }
  const { steps, epochs, slots } = JSON.parse(
    Buffer.from(await group.broadcast(Buffer.from(JSON.stringify(head)))).toString(),
  ) as typeof head
  const weights = isFirst ? await run(readAllWeights(core.native, count)) : new Float32Array(count)
  await shareNumbers(group, weights)
  const taken = state?.slots ?? Array.from({ length: slots }, () => new Float32Array(count))
  for (const slot of taken) await shareNumbers(group, slot)
  if (isFirst) return
  await run(writeAllWeights(core.native, weights))
  reset()
  await run(writeOptimizerState(core.native, { steps, slots: taken }))
  core.steps = steps
  core.epochs = epochs
}

/** Overwrites the numbers with those of rank 0. */
async function shareNumbers(group: Group, numbers: Float32Array): Promise<void> {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  for (let begin = 0; begin < bytes.length; begin += partBytes) {
    const part = bytes.subarray(begin, begin + partBytes)
    part.set(await group.broadcast(part))
  }
}

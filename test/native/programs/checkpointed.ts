// Trains with a checkpoint after each epoch, or resumes from an existing one: checkpointed.ts <path> <kind>. Prints a
// line per epoch, so that a test can kill the process after it.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Callback, callbacks, optimizers, Sequential, schedules } from '../../../lib/index.js'
import { makeData, makeModel, small } from './model.js'

export const epochs = 30
export type Kind = 'schedule' | 'callback'

/** Adam with a schedule, or with a rate that a callback changes, over shuffled rows. */
export function makeRun(kind: Kind) {
  const schedule = schedules.cosine({ initial: 0.02, steps: 400, warmupSteps: 20 })
  const model = makeModel(small, optimizers.adam({ learningRate: kind === 'schedule' ? schedule : 0.02 }))
  const lower = callbacks.learningRateScheduler((epoch, rate) => (epoch % 5 === 4 ? rate * 0.8 : rate))
  const [x, y] = makeData(500, small)
  const list: Callback[] = kind === 'callback' ? [lower] : []
  return { model, x, y, callbacks: list }
}

async function main(path: string, kind: Kind): Promise<void> {
  const run = makeRun(kind)
  const model = existsSync(path) ? await Sequential.load(path) : run.model
  const print: Callback = { onEpochEnd: (epoch) => process.stdout.write(`${epoch}\n`) }
  const list = [...run.callbacks, print, callbacks.modelCheckpoint({ path })]
  await model.fit(run.x, run.y, { epochs, initialEpoch: model.epochs, threads: 2, callbacks: list })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]!, process.argv[3] as Kind)

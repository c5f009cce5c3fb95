import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { flat, makeModel, train } from './digits.mjs'

const start = () => new Worker(new URL('./thread.mjs', import.meta.url))

export const checks = {
  'four worker threads train at once and end with the same weights': async () => {
    const model = makeModel()
    await model.fit(train.x, train.y, { epochs: 1, threads: 1 })
    const workers = Array.from({ length: 4 }, start)
    const answers = await Promise.all(workers.map((worker) => once(worker, 'message')))
    for (const [weights] of answers) assert.deepEqual(weights, flat(model))
    await Promise.all(workers.map((worker) => worker.terminate()))
  },

  'a worker may be ended while it trains': async () => {
    const worker = new Worker(new URL('./thread.mjs', import.meta.url), { workerData: { epochs: 1_000_000 } })
    await once(worker, 'message')
    assert.equal(await worker.terminate(), 1)
    const model = makeModel()
    await model.fit(train.x, train.y, { epochs: 1 })
  },
}

// A worker loads the addon first, trains and ends; then the main thread loads it and must get the same weights.
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { what: 'train', threads: 2 } })
const [workerWeights] = (await once(worker, 'message')) as [number[]]
await once(worker, 'exit')
const { flat, makeData, makeModel, small } = await import('./model.js')
const model = makeModel(small)
await model.fit(...makeData(1024, small), { epochs: 5, threads: 2 })
process.stdout.write(isDeepStrictEqual(workerWeights, flat(model)) ? 'same' : 'different')

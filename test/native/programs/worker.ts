// A worker thread that trains or evaluates models of its own, as workerData says.
import { parentPort, workerData } from 'node:worker_threads'
import { flat, large, makeData, makeLayered, makeModel, small } from './model.js'

export interface Work {
  what: 'fit' | 'layers' | 'short' | 'predict' | 'evaluate' | 'queue' | 'train'
  /** The number of threads of `train`. */
  threads?: number
}

const { what, threads } = workerData as Work
const sizes = what === 'short' || what === 'train' ? small : large
const model = what === 'layers' ? makeLayered() : makeModel(sizes)
const [x, y] = makeData(what === 'short' ? 32 : 1024, sizes)
const endless = { epochs: 1e9, batchSize: 256 }

async function forever(work: () => Promise<unknown>): Promise<never> {
  for (;;) await work()
}

if (what === 'train') {
  await model.fit(x, y, { epochs: 5, threads })
  parentPort!.postMessage(flat(model))
} else if (what === 'layers') {
  const indices = x.map((value) => Math.round(1000 * value))
  void model.fit(indices, y, { ...endless, callbacks: [{ onProgress: () => parentPort!.postMessage('at work') }] })
} else {
  if (what === 'fit' || what === 'short' || what === 'queue') void model.fit(x, y, endless)
  if (what === 'queue') for (let i = 0; i < 2; i++) void makeModel(sizes).fit(x, y, endless)
  if (what === 'predict') void forever(() => model.predict(x))
  if (what === 'evaluate') void forever(() => model.evaluate(x, y))
  parentPort!.postMessage('at work')
}

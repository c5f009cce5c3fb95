import { parentPort, workerData } from 'node:worker_threads'
import { flat, makeModel, train } from './digits.mjs'

const model = makeModel()
if (workerData?.epochs) {
  const options = { epochs: workerData.epochs, threads: 1 }
  options.callbacks = [{ onEpochEnd: () => parentPort.postMessage('under way') }]
  await model.fit(train.x, train.y, options)
} else {
  await model.fit(train.x, train.y, { epochs: 1, threads: 1 })
  parentPort.postMessage(flat(model))
}

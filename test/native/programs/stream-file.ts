// Trains on a file of raw numbers: stream-file.ts <path> <columns>; prints the number of rows and the peak memory in
// MB.
import { datasets, layers, optimizers, Sequential } from '../../../lib/index.js'
import { peakMegabytes } from './peak.js'

const [path, columns] = process.argv.slice(2)
const inputs = Number(columns)
const file = await datasets.rawNumbers(path!, { columns: inputs, seed: 1 })
const before = peakMegabytes()
using model = new Sequential({
  layers: [
    layers.dense({ units: 16, activation: 'relu', inputShape: [inputs] }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
  seed: 1,
})
model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'binaryCrossentropy' })
const { logs, epochs } = await model.fit(file, { batchSize: 1024 })
const loss = logs.loss[0]
process.stdout.write(JSON.stringify({ rows: file.rows, epochs, loss, before, peak: peakMegabytes() }))

// Trains on one thread, with validation and a metric over all rows: verbose-validation.ts
import { makeData, makeModel } from './model.js'

const sizes = [784, 256, 2]
const validationData = makeData(4096, sizes)
const [x, y] = makeData(64, sizes)
const model = makeModel(sizes)
model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: ['auc'] })
await model.fit(x, y, { epochs: 2, threads: 1, validationData })
process.stdout.write('last line')

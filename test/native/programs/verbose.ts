// Trains and predicts twice; the last batch of an epoch is smaller: verbose.ts
import { makeData, makeModel } from './model.js'

const sizes = [784, 128, 10]
const [x, y] = makeData(80, sizes)
const model = makeModel(sizes)
for (let i = 0; i < 2; i++) {
  await model.fit(x, y, { epochs: 2, batchSize: 32, threads: 2 })
  await model.predict(x)
}
process.stdout.write('last line')

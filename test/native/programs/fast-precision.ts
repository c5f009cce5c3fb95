// Trains a model in float32-fast and another in float32, and prints as JSON how they differ. Arguments: the folder, and
// 'make' to train and make the file, 'load' to load it and write it again.
import { join } from 'node:path'
import { datasets, layers, Sequential } from '../../../lib/index.js'
import type { PrecisionOption } from '../../../lib/spec/compile.js'

const [folder = '.', what] = process.argv.slice(2)
const path = join(folder, 'fast.safetensors')
const { train } = datasets.digits()
const x = train.x.data.subarray(0, 640 * 64)
const y = train.y.slice(0, 640)

function makeModel(precision: PrecisionOption, units = 3200): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units, activation: 'tanh', inputShape: [64] }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 3,
  })
  model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', precision })
  return model
}

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

if (what === 'make') {
  const fast = makeModel('float32-fast')
  const plain = makeModel('float32')
  for (const model of [fast, plain]) await model.fit(x, y, { epochs: 1, batchSize: 640 })
  await fast.save(path)
  const weights = plain.getWeights().map(({ data }) => data)
  const difference = Math.max(...fast.getWeights().map(({ data }, i) => largest(data, weights[i]!)))
  plain.setWeights(fast.getWeights())
  const prediction = largest((await fast.predict(x)).data, (await plain.predict(x)).data)
  const narrow = makeModel('float32-fast', 3000).precision
  console.log(JSON.stringify({ precision: fast.precision, narrow, difference, prediction }))
} else {
  const model = await Sequential.load(path)
  await model.save(path)
  console.log(JSON.stringify({ precision: model.precision }))
}

// One run of bench/mnist.mjs: node run.mjs <folder> <recipe as JSON>; prints its results as JSON.
import { datasets, layers, optimizers, Sequential, schedules } from '../../dist/index.js'
import { peakMegabytes } from '../peak-memory.mjs'

const [dir, recipe] = process.argv.slice(2)
const { goal, hidden, rate, batch, epochs, seed, precision } = JSON.parse(recipe)

const start = performance.now()
const { train, test } = await datasets.mnist({ dir, raw: true })
const loaded = performance.now()
const model = new Sequential({
  layers: [
    layers.rescaling({ scale: 1 / 255, inputShape: [784] }),
    ...hidden.map((units) => layers.dense({ units, activation: 'relu' })),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
  seed,
})
model.compile({
  optimizer: optimizers.adam({
    learningRate: schedules.polynomial({ initial: rate, steps: epochs * Math.ceil(train.y.length / batch) }),
  }),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
  precision,
})
const accuracy = []
await model.fit(train.x, train.y, {
  epochs,
  batchSize: batch,
  validationData: [test.x, test.y],
  callbacks: [
    {
      onEpochEnd(_epoch, { valAccuracy }) {
        accuracy.push(valAccuracy)
        if (valAccuracy >= goal) model.stopTraining = true
      },
    },
  ],
})
const end = performance.now()
console.log(
  JSON.stringify({
    seconds: (end - start) / 1000,
    trainSeconds: (end - loaded) / 1000,
    accuracy,
    peakMB: peakMegabytes(),
  }),
)

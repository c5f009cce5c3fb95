import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { datasets, layers, metrics, optimizers, Sequential } from 'perceptra'
import { accuracy } from 'perceptra/metrics'

/** Trains, predicts and saves; resolves to the words that the matrix expects. */
export async function program(file) {
  const { train, test } = datasets.digits()
  const output = layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })
  const model = new Sequential({ layers: [output], seed: 1 })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
  await model.fit(train.x, train.y, { epochs: 3 })
  const predicted = await model.predict(test.x)
  const labels = predicted.toArray().map((row) => row.indexOf(Math.max(...row)))
  assert.ok(accuracy(test.y, labels) > 0.6)
  assert.equal(accuracy, metrics.accuracy)
  await model.save(file)
  const again = await Sequential.load(file)
  assert.deepEqual(Array.from(again.predictSync(test.x).data), Array.from(predicted.data))
  await rm(file)
  await assert.rejects(async () => model.fit(test.x, [1]), { name: 'ArgumentError', code: 'ERR_ARGUMENT' })
  return 'trained, predicted, saved'
}

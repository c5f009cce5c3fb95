import { datasets, layers, type Matrix, optimizers, Sequential } from 'perceptra'

test('trains, predicts and saves', async () => {
  const { train, test: held } = datasets.digits()
  const model = new Sequential({
    layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
    seed: 1,
  })
  model.compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  await model.fit(train.x, train.y, { epochs: 3 })
  const predicted: Matrix = await model.predict(held.x)
  expect(predicted.rows).toBe(held.x.rows)
  const { accuracy } = await model.evaluate(held.x, held.y)
  expect(accuracy).toBeGreaterThan(0.6)
  await model.save('ts-jest.safetensors')
  const again = await Sequential.load('ts-jest.safetensors')
  expect(again.predictSync(held.x)).toEqual(predicted)
})

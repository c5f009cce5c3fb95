import { expect, it } from 'vitest'
import { layers, optimizers, Sequential, TrainingError } from '../../lib/index.js'

// The rate is so large that the update overflows while the loss is still finite.
it('an update that overflows falls back to the weights of setWeights, not to earlier ones', async () => {
  let rate = 0.01
  const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], seed: 1 })
  model.compile({ optimizer: optimizers.sgd({ learningRate: () => rate }), loss: 'meanSquaredError' })
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * 10)
  const y = Float32Array.from({ length: 32 }, (_, i) => Math.cos(i) * 100)
  await model.fit(x, y, { epochs: 2, batchSize: 4 })

  model.setWeights([[[0.25], [0.25]], [0.25]])
  rate = 3e38
  await expect(model.fit(x, y, { batchSize: 32 })).rejects.toThrow(TrainingError)
  expect(model.getWeights().flatMap((tensor) => [...tensor.data])).toEqual([0.25, 0.25, 0.25])
})

import { expect, it } from 'vitest'
import { layers, Sequential } from '../../lib/index.js'

it.each([Infinity, 1e9, undefined])('a time limit of %s is none', async (timeLimit) => {
  using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const { stopReason } = await model.fit([[1], [2]], [1, 2], { epochs: 2, timeLimit })
  expect(stopReason).toBe('completed')
  for (const wrong of [-Infinity, Number.NaN, 0, '1']) {
    await expect(model.fit([[1]], [1], { timeLimit: wrong as never })).rejects.toThrow(/above 0 for timeLimit/)
  }
})

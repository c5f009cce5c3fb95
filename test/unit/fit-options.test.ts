import { expect, it } from 'vitest'
import { layers, type Matrix, Sequential } from '../../lib/index.js'

it.each([Infinity, 1e9, undefined])('a time limit of %s is none', async (timeLimit) => {
  using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const { stopReason } = await model.fit([[1], [2]], [1, 2], { epochs: 2, timeLimit })
  expect(stopReason).toBe('completed')
  for (const wrong of [-Infinity, Number.NaN, 0, '1']) {
    await expect(model.fit([[1]], [1], { timeLimit: wrong as never })).rejects.toThrow(/above 0 for timeLimit/)
  }
})

it('nets with a threshold unit predict and evaluate, but fit refuses them before weights change', async () => {
  const threshold = layers.dense({ units: 2, activation: 'step', inputShape: [1] })
  using model = new Sequential({ layers: [threshold, layers.dense({ units: 1 })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  model.setWeights([[[1, -1]], [0, 0], [[2], [3]], [0]])
  expect([...(model.predictSync([[5], [-5], [0]]) as Matrix).data]).toEqual([2, 3, 0])
  expect(await model.evaluate([[5]], [1])).toEqual({ loss: 1 })
  await expect(model.fit([[1]], [1])).rejects.toThrow(/"dense" has activation: 'step', which has no gradient/)
  expect(model.getWeights()[2]!.toArray()).toEqual([[2], [3]])
})

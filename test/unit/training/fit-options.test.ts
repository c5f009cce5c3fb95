import { describe, expect, it } from 'vitest'
import { type LayerSpec, layers, type Matrix, Sequential } from '../../../lib/index.js'
import { expectSameLogs } from '../../native/models.js'

it.each([Infinity, 1e9, undefined])('fit trains to the end with a time limit of %s', async (timeLimit) => {
  using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const { stopReason } = await model.fit([[1], [2]], [1, 2], { epochs: 2, timeLimit })
  expect(stopReason).toBe('completed')
  for (const wrong of [-Infinity, Number.NaN, 0, '1']) {
    await expect(model.fit([[1]], [1], { timeLimit: wrong as never })).rejects.toThrow(/above 0 for timeLimit/)
  }
})

it('networks with a threshold unit predict and evaluate; fit rejects them before weights change', async () => {
  const threshold = layers.dense({ units: 2, activation: 'step', inputShape: [1] })
  using model = new Sequential({ layers: [threshold, layers.dense({ units: 1 })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  model.setWeights([[[1, -1]], [0, 0], [[2], [3]], [0]])
  expect([...(model.predictSync([[5], [-5], [0]]) as Matrix).data]).toEqual([2, 3, 0])
  expect(await model.evaluate([[5]], [1])).toEqual({ loss: 1 })
  await expect(model.fit([[1]], [1])).rejects.toThrow(/"dense" has activation: 'step', which has no gradient/)
  expect(model.getWeights()[2]!.toArray()).toEqual([[2], [3]])
})

describe('a threshold unit', () => {
  const frozen = { trainable: false }
  const step = { units: 6, activation: 'step', kernelInitializer: 'heNormal' } as const
  const first = layers.dense({ units: 5, activation: 'tanh', inputShape: [2], name: 'first' })
  const frozenFirst = { ...first, ...frozen }
  const top = layers.dense({ units: 1, name: 'top' })
  const bare = layers.batchNormalization({ center: false, scale: false })
  const x = Array.from({ length: 16 }, (_, row) => [Math.sin(row), Math.cos(3 * row)])
  const y = x.map(([a, b]) => a! * b!)
  const make = (...list: LayerSpec[]) => {
    const model = new Sequential({ layers: list, seed: 1 })
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    return model
  }

  it.each<[string, LayerSpec[], string]>([
    ['in a layer with trainable weights', [frozenFirst, layers.dense({ ...step, name: 'unit' }), top], '"unit"'],
    ['above a trainable layer', [first, layers.dense({ ...step, ...frozen, name: 'unit' }), top], '"first"'],
    [
      'as an activation layer above a trainable layer',
      [first, layers.activation({ activation: 'step', name: 'unit' }), top],
      '"first"',
    ],
    [
      'above two trainable layers',
      [
        first,
        layers.layerNormalization({ name: 'norm' }),
        layers.activation({ activation: 'step', name: 'unit' }),
        top,
      ],
      '"first", "norm"',
    ],
    [
      'above a second threshold unit',
      [
        ...[frozenFirst, layers.dense({ ...step, ...frozen }), layers.dense({ units: 3, name: 'between' })],
        ...[layers.activation({ activation: 'step', name: 'unit' }), top],
      ],
      '"between"',
    ],
    ['in the last layer', [frozenFirst, layers.dense({ units: 1, activation: 'step', name: 'unit' })], '"unit"'],
  ])('is rejected by fit %s', async (_, list, names) => {
    using model = make(...list)
    const before = model.getWeights()
    const fit = model.fit(x, y)
    await expect(fit).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await expect(fit).rejects.toThrow(`"unit" has activation: 'step', which has no gradient`)
    await expect(fit).rejects.toThrow(`cannot learn, but ${names} should. Set trainable: false there`)
    expect(model.getWeights()).toEqual(before)
  })

  it.each<[string, LayerSpec[]]>([
    ['a frozen layer with a threshold unit', [layers.dense({ ...step, ...frozen, inputShape: [2] }), top]],
    ['a threshold unit on a frozen layer', [frozenFirst, layers.activation({ activation: 'step' }), top]],
    [
      'two frozen layers with a threshold unit',
      [{ ...frozenFirst, activation: { name: 'step' } }, layers.dense({ ...step, ...frozen }), top],
    ],
  ])('trains only the layers above %s, as if they were a network of their own', async (_, list) => {
    using model = make(...list)
    const before = model.getWeights()
    const hidden = await model.layer(list.length - 2).output(x)
    using alone = make(layers.dense({ units: 1, inputShape: [hidden.cols] }))
    alone.setWeights(before.slice(-2))
    const options = { epochs: 20, batchSize: 4, threads: 1 }
    const { logs } = await model.fit(x, y, options)
    expectSameLogs((await alone.fit(hidden, y, options)).logs, logs)
    expect(logs.loss.at(-1)).toBeLessThan(logs.loss[0]!)
    expect(model.getWeights().slice(0, -2)).toEqual(before.slice(0, -2))
    expect(model.getWeights().slice(-2)).toEqual(alone.getWeights())
  })

  it('may lie above batch normalization, whose moving statistics need no gradient', async () => {
    using model = make(frozenFirst, bare, layers.activation({ activation: 'step' }), top)
    const before = model.getWeights()
    await model.fit(x, y)
    const moved = model.getWeights().map(({ data }, i) => `${data}` !== `${before[i]!.data}`)
    expect(moved).toEqual([false, false, true, true, true, true])
  })

  it('is rejected by fit without a trainable layer above it', async () => {
    using model = make(frozenFirst, layers.dense({ units: 1, activation: 'step', trainable: false }))
    await expect(model.fit(x, y)).rejects.toThrow(/no layer has weights that may change/)
  })
})

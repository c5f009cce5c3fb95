import { describe, expect, it } from 'vitest'
import type { ActivationLike } from '../../../lib/index.js'
import { activations, layers, Matrix, type Sequential } from '../../../lib/index.js'
import { toOnnx } from '../../../lib/interchange/index.js'
import { network } from './networks.js'
import { distance, runOnnx } from './runtime.js'
import { tableNetworks, tableRows } from './table-networks.js'
import { rowsOf } from './tables.js'

async function check(model: Sequential, x: Matrix): Promise<void> {
  const { output } = await runOnnx(await toOnnx(model), { input: x.data }, x.rows)
  const expected = await model.predict(x)
  expect(output!.dims).toEqual([expected.rows, expected.cols])
  expect(distance(output!.data, expected.data)).toBeLessThan(1e-6)
}

const names = [
  ...['linear', 'relu', 'leakyRelu', 'prelu', 'elu', 'selu', 'gelu', 'silu', 'mish', 'sigmoid', 'hardSigmoid', 'tanh'],
  ...['softplus', 'softsign', 'exponential', 'step', 'softmax'],
] as const

const all: [string, ActivationLike][] = [
  ...names.map((name): [string, ActivationLike] => [name, name as never]),
  ['gelu by tanh', activations.gelu({ approximate: true })],
  ['leakyRelu of 0.3', activations.leakyRelu({ negativeSlope: 0.3 })],
  ['elu of 0.5', activations.elu({ alpha: 0.5 })],
]

describe('onnxruntime gives the predictions of', () => {
  it.each(all)('dense layers with %s', async (_, activation) => {
    await check(network([layers.dense({ units: 7, activation, inputShape: [5] })]), rowsOf(33, 5))
  })

  it.each(all)('an activation layer of %s', async (_, activation) => {
    await check(network([layers.activation({ activation, inputShape: [6] })]), rowsOf(9, 6))
  })

  it.each([
    ['batchNormalization', layers.batchNormalization({ inputShape: [4] })],
    ['batchNormalization alone', layers.batchNormalization({ inputShape: [4], center: false, scale: false })],
    ['layerNormalization', layers.layerNormalization({ inputShape: [4], epsilon: 1e-5 })],
    ['layerNormalization without beta', layers.layerNormalization({ inputShape: [4], center: false })],
    ['layerNormalization without gamma', layers.layerNormalization({ inputShape: [4], scale: false })],
    ['scale', layers.scale({ inputShape: [4] })],
    ['a parametric activation', layers.activation({ activation: 'mish', parametric: true, inputShape: [4] })],
    ['a dense layer in NTK form', layers.dense({ units: 3, parametrization: 'ntk', inputShape: [4] })],
    [
      'a dense layer in NTK form without bias',
      layers.dense({ units: 3, parametrization: 'ntk', useBias: false, inputShape: [4] }),
    ],
    ['rescaling', layers.rescaling({ inputShape: [4], scale: 0.1, offset: -1 })],
    ['dropout', layers.dropout({ inputShape: [4], rate: 0.5 })],
    ['alphaDropout', layers.alphaDropout({ inputShape: [4], rate: 0.5 })],
    ['gaussianNoise', layers.gaussianNoise({ inputShape: [4], stddev: 1 })],
  ])('%s', async (_, layer) => {
    await check(network([layer, layers.dense({ units: 3, useBias: false })]), rowsOf(12, 4))
  })

  it('an embedding', async () => {
    const model = network([
      layers.embedding({ inputDim: 5, outputDim: 3, inputShape: [2] }),
      layers.dense({ units: 2 }),
    ])
    await check(model, new Matrix(Float32Array.of(0, 4, 2, 3, 1, 1), 3, 2))
  })

  it.each(tableNetworks)('a network of tables: %s', async (_, model) => {
    await check(model, tableRows)
  })

  it('no code, which is NaN in the outputs of its row alone', async () => {
    const parts = [
      { type: 'oneHot', columns: [0, 1], inputDim: [2, 3] },
      { type: 'embedding', columns: [1], inputDim: 3, outputDim: 2 },
    ] as const
    const model = network([layers.columns({ parts: [...parts], inputShape: [2] })])
    const x = Float32Array.of(0, 2, 2, 0, 0, 3, 0.5, 0, -2, 1, Number.NaN, 0, -1, -1)
    const { output } = await runOnnx(await toOnnx(model), { input: x }, 7)
    const rows = Array.from({ length: 7 }, (_, i) => Array.from(output!.data as Float32Array).slice(7 * i, 7 * i + 7))
    expect(rows.map((row) => row.some(Number.isNaN))).toEqual([false, true, true, true, true, true, false])
    const known = await model.predict([
      [0, 2],
      [-1, -1],
    ])
    expect(distance(rows[0]!, known.row(0))).toBe(0)
    expect(distance(rows[6]!, known.row(1))).toBe(0)
  })

  it('a deep network, for one row', async () => {
    const hidden = Array.from({ length: 5 }, () => layers.dense({ units: 32, activation: 'relu' }))
    await check(
      network([layers.rescaling({ scale: 1 / 16, inputShape: [64] }), ...hidden, layers.dense({ units: 1 })]),
      rowsOf(1, 64),
    )
  })
})

it('rejects what is no model', async () => {
  await expect(toOnnx({} as Sequential)).rejects.toThrow(
    'Expected a Sequential, an estimator, a pipeline or a table model for model',
  )
})

import { expect, it } from 'vitest'
import {
  type ActivationLike,
  activations,
  layers,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  pipeline,
  preprocessing,
  type Sequential,
  SGDRegressor,
} from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'
import { network } from './networks.js'
import { distance } from './runtime.js'
import { tableNetworks, tableRows } from './table-networks.js'
import { classesOf, rowsOf } from './tables.js'

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

it.each(all)('a network with %s comes back as it was', async (_, activation) => {
  const model = network([layers.dense({ units: 7, activation, inputShape: [5] }), layers.dense({ units: 3 })])
  const again = await fromOnnx<Sequential>(await toOnnx(model))
  const forget = ({ type, activation }: { type: string; activation?: { name: string; initialSlope?: number } }) => [
    type,
    activation?.name === 'prelu' ? 'prelu' : activation,
  ]
  expect(again.toJSON().layers.map((layer) => forget(layer as never))).toEqual(
    model.toJSON().layers.map((layer) => forget(layer as never)),
  )
  expect(again.getWeights()).toEqual(model.getWeights())
})

it('a network of every layer comes back, and trains on', async () => {
  const model = network([
    layers.rescaling({ scale: 0.5, offset: 1, inputShape: [6] }),
    layers.dense({ units: 8, useBias: false }),
    layers.batchNormalization(),
    layers.activation({ activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
    layers.layerNormalization({ epsilon: 1e-5 }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ])
  const x = rowsOf(40, 6)
  const again = await fromOnnx<Sequential>(await toOnnx(model), { seed: 4 })
  expect(again.seed).toBe(4)
  expect(distance((await again.predict(x)).data, (await model.predict(x)).data)).toBeLessThan(1e-6)
  again.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const { logs } = await again.fit(x, classesOf(x, 2), { epochs: 20 })
  expect(logs.loss.at(-1)).toBeLessThan(logs.loss[0]!)
})

it('an embedding comes back', async () => {
  const model = network([layers.embedding({ inputDim: 5, outputDim: 3, inputShape: [2] }), layers.dense({ units: 2 })])
  const again = await fromOnnx<Sequential>(await toOnnx(model))
  expect(again.getWeights()).toEqual(model.getWeights())
  expect(again.predictSync([4, 0])).toEqual(model.predictSync([4, 0]))
})

const columnNetworks = tableNetworks.filter(([name]) => !name.includes('member'))

it.each(columnNetworks)('a columns layer comes back with its parts, and trains on: %s', async (_, model) => {
  const again = await fromOnnx<Sequential>(await toOnnx(model))
  const partsOf = (network: Sequential) => {
    const [layer] = network.toJSON().layers as unknown as [
      { type: string; parts: { type: string; columns: number[] }[] },
    ]
    // What training alone reads has defaults.
    return layer.parts.map(({ embeddingsInitializer: _, sigma: __, ...part }: Record<string, unknown> & object) => part)
  }
  expect(partsOf(again)).toEqual(partsOf(model))
  expect(distance((await again.predict(tableRows)).data, (await model.predict(tableRows)).data)).toBeLessThan(1e-6)
  again.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  const y = rowsOf(tableRows.rows, 2)
  const { logs } = await again.fit(tableRows, y, { epochs: 20 })
  expect(logs.loss.at(-1)).toBeLessThan(logs.loss[0]!)
})

it('the networks of columns have each kind of part', () => {
  const parts = columnNetworks.flatMap(([, model]) => {
    return model.toJSON().layers.flatMap((layer) => (layer.type === 'columns' ? layer.parts : []))
  })
  const kinds = ['passthrough', 'embedding', 'oneHot', 'periodicEmbedding', 'piecewiseLinearEmbedding']
  expect(new Set(parts.map(({ type }) => type))).toEqual(new Set(kinds))
})

it('a classifier whose network begins with a columns layer comes back as the network', async () => {
  const x = rowsOf(60, 3)
  const hidden = [layers.columns({ parts: [{ type: 'periodicEmbedding', columns: [0, 2] }] })]
  const clf = await new NetworkClassifier({ layers: hidden, epochs: 2, seed: 1 }).fit(x, classesOf(x, 3))
  const again = await fromOnnx<Sequential>(await toOnnx(clf))
  expect(again.toJSON().layers[0]!.type).toBe('columns')
  expect(distance((await again.predict(x)).data, (await clf.predictProba(x)).data)).toBeLessThan(1e-6)
})

it('an activation with factors comes back', async () => {
  const activation = layers.activation({ activation: 'tanh', parametric: true })
  const model = network([layers.dense({ units: 4, inputShape: [3] }), activation, layers.dense({ units: 2 })])
  const again = await fromOnnx<Sequential>(await toOnnx(model))
  expect(again.toJSON().layers[1]).toMatchObject({ type: 'activation', parametric: true })
  expect(distance((await again.predict(rowsOf(9, 3))).data, (await model.predict(rowsOf(9, 3))).data)).toBeLessThan(
    1e-6,
  )
})

it('estimators come back as networks', async () => {
  const x = rowsOf(60, 3)
  for (const count of [2, 3]) {
    const clf = await new MLPClassifier({ maxIter: 5, seed: 1 }).fit(x, classesOf(x, count))
    const again = await fromOnnx<Sequential>(await toOnnx(clf))
    expect(distance((await again.predict(x)).data, (await clf.predictProba(x)).data)).toBeLessThan(1e-6)
  }
  const y = classesOf(x, 5)
  for (const model of [new MLPRegressor({ maxIter: 5, seed: 1 }), new SGDRegressor({ seed: 1 })]) {
    const fitted = await model.fit(x, y)
    const again = await fromOnnx<Sequential>(await toOnnx(fitted))
    expect(distance((await again.predict(x)).data, await fitted.predict(x))).toBeLessThan(1e-6)
  }
})

it('a scaler before a network becomes a frozen layer', async () => {
  const x = rowsOf(60, 3)
  const steps = [new preprocessing.StandardScaler(), new MLPRegressor({ maxIter: 5, seed: 1 })] as const
  const model = await pipeline(steps).fit(x, classesOf(x, 5))
  const again = await fromOnnx<Sequential>(await toOnnx(model))
  expect(again.toJSON().layers[0]).toMatchObject({ type: 'batchNormalization', trainable: false })
  expect(distance((await again.predict(x)).data, (await model.predict(x)) as ArrayLike<number>)).toBeLessThan(1e-6)
})

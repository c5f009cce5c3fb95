import { describe, expect, it } from 'vitest'
import {
  type CompileOptions,
  datasets,
  layers,
  load,
  type OptimizerLike,
  Sequential,
  schedules,
} from '../../lib/index.js'

const { train } = datasets.digits()
const x = train.x.data.subarray(0, 64 * 96)
const y = train.y.slice(0, 96)

/** The weights after 6 steps. */
async function weightsOf(rate: number, options: Partial<CompileOptions>, epochs = 2): Promise<number[][]> {
  using model = new Sequential({
    layers: [
      layers.dense({ units: 12, activation: 'selu', inputShape: [64], weightDecayFactor: { bias: 0 } }),
      layers.dropout({ rate }),
      layers.dense({ units: 12, activation: 'selu' }),
      layers.alphaDropout({ rate }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 4,
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', ...options })
  await model.fit(x, y, { epochs, batchSize: 32 })
  return model.getWeights().map(({ data }) => [...data])
}

const first = schedules.piecewise({ boundaries: [2], values: [1, 0] })

describe('dropoutSchedule', () => {
  it('multiplies the rates', async () => {
    const half = await weightsOf(0.4, { dropoutSchedule: schedules.constant({ value: 0.5 }) })
    expect(half).toEqual(await weightsOf(0.2, {}))
  })

  it('advances at every step', async () => {
    // Of 6 steps, the first 3 have dropout.
    const begun = await weightsOf(0.4, { dropoutSchedule: first }, 1)
    expect(begun).toEqual(await weightsOf(0.4, {}, 1))
    expect(await weightsOf(0.4, { dropoutSchedule: first })).not.toEqual(await weightsOf(0.4, {}))
  })
})

describe.each<[string, OptimizerLike & object]>([
  ['adamw', { name: 'adamw', weightDecay: 0.2 }],
  ['adam', { name: 'adam', weightDecay: 0.2 }],
  ['sgd', { name: 'sgd', weightDecay: 0.2 }],
  ['lion with clipping', { name: 'lion', weightDecay: 0.2, globalClipNorm: 1 }],
])('weightDecaySchedule with %s', (_, optimizer) => {
  it('multiplies the decay', async () => {
    const weightDecaySchedule = schedules.constant({ value: 0.5 })
    const half = { ...optimizer, weightDecay: 0.1 } as OptimizerLike
    expect(await weightsOf(0, { optimizer, weightDecaySchedule })).toEqual(await weightsOf(0, { optimizer: half }))
  })

  it('advances at every step', async () => {
    const begun = await weightsOf(0, { optimizer, weightDecaySchedule: first }, 1)
    expect(begun).toEqual(await weightsOf(0, { optimizer }, 1))
    expect(await weightsOf(0, { optimizer, weightDecaySchedule: first })).not.toEqual(await weightsOf(0, { optimizer }))
  })
})

it('files keep the schedules', async () => {
  using model = new Sequential({ layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })] })
  const decayed = schedules.flatCosine({ initial: 1, steps: 100 })
  model.compile({ optimizer: 'adamw', loss: 'sparseCategoricalCrossentropy', weightDecaySchedule: decayed })
  using copy = (await load(model.toBytes())) as Sequential
  await model.fit(x, y, { epochs: 1 })
  await copy.fit(x, y, { epochs: 1 })
  expect(copy.getWeights()).toEqual(model.getWeights())
})

it('rejects factors above 1, and schedules for lbfgs', async () => {
  const dropoutSchedule = schedules.constant({ value: 2 })
  await expect(weightsOf(0.4, { dropoutSchedule })).rejects.toThrow(/from 0 to 1 for dropoutSchedule/)
  const growing = schedules.polynomial({ initial: 0.5, steps: 10, final: 2 })
  await expect(weightsOf(0.4, { dropoutSchedule: growing })).rejects.toThrow(/from 0 to 1 for dropoutSchedule/)
  using model = new Sequential({ layers: [layers.dense({ units: 10, inputShape: [64] })] })
  const compile = () => model.compile({ optimizer: 'lbfgs', loss: 'meanSquaredError', weightDecaySchedule: first })
  expect(compile).toThrow(/lbfgs has neither/)
})

it('rejects schedules that have nothing to multiply', () => {
  const compile = (options: object) => {
    using model = new Sequential({ layers: [layers.dense({ units: 10, inputShape: [64] })] })
    model.compile({ optimizer: 'rmsprop', loss: 'meanSquaredError', ...options })
  }
  expect(() => compile({ dropoutSchedule: first })).toThrow(/there are none/)
  expect(() => compile({ weightDecaySchedule: first })).toThrow(/that of rmsprop is 0/)
  expect(() => compile({ optimizer: 'adamw', weightDecaySchedule: first })).not.toThrow()
})

it('rejects shareBatches without members, and for lbfgs', async () => {
  const layer = layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })
  for (const [optimizer, reason] of [
    ['adam', /no members/],
    ['lbfgs', /all rows at once/],
  ] as const) {
    using model = new Sequential({ layers: [layer] })
    model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
    await expect(model.fit(x, y, { epochs: 1, shareBatches: true })).rejects.toThrow(reason)
  }
})

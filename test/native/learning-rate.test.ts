import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type LearningRate, layers, load, optimizers, Sequential, schedules } from '../../lib/index.js'
import { bits, classes, classModel } from './models.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-rate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { x, y } = classes(100)
const falling = schedules.exponentialDecay({ initial: 0.1, steps: 5, decayRate: 0.7 })

function make(learningRate: LearningRate): Sequential {
  const model = classModel()
  model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
  return model
}

it('learningRate is the rate of the next step, and can be set to a number, a schedule or a function', async () => {
  using model = make(0.5)
  expect(model.learningRate).toBe(0.5)
  model.learningRate = falling
  await model.fit(x, y, { batchSize: 10 })
  expect(model.learningRate).toBe(schedules.rateAt(falling, 10))
  model.learningRate = (step: number) => step / 100
  expect(model.learningRate).toBe(0.1)
  model.learningRate = schedules.constant({ value: 0.25 })
  expect(model.learningRate).toBe(0.25)
  model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
  expect(model.learningRate).toBe(0.01)
})

it('a schedule and a function of the same rates give the same bits, other rates other bits', async () => {
  const run = async (rate: LearningRate) => {
    using model = make(rate)
    await model.fit(x, y, { epochs: 2, batchSize: 10 })
    return bits(model)
  }
  const first = await run(falling)
  expect(await run((step) => schedules.rateAt(falling, step))).toEqual(first)
  expect(await run(0.1)).not.toEqual(first)
  expect(await run(schedules.constant({ value: 0.1 }))).toEqual(await run(0.1))
})

it('a rate that a callback sets applies from the next slice on', async () => {
  using once = make(0.1)
  using twice = make(0.1)
  await once.fit(x, y, { epochs: 2, callbacks: [{ onEpochBegin: (epoch) => (once.learningRate = epoch ? 0.3 : 0.1) }] })
  await twice.fit(x, y)
  twice.learningRate = 0.3
  await twice.fit(x, y, { epochs: 2, initialEpoch: 1 })
  expect(bits(once)).toEqual(bits(twice))
  using constant = make(0.1)
  await constant.fit(x, y, { epochs: 2 })
  expect(bits(once)).not.toEqual(bits(constant))
})

it('learningRate can be set between train and its first event', async () => {
  using model = make(0.1)
  using other = make(0.3)
  const events = model.train(x, y)
  model.learningRate = 0.3
  for await (const _ of events);
  await other.fit(x, y)
  expect(bits(model)).toEqual(bits(other))
})

it('save keeps the position of a schedule and a number that was set, but not a function', async () => {
  using straight = make(falling)
  using stopped = make(falling)
  await straight.fit(x, y, { epochs: 3 })
  await stopped.fit(x, y, { epochs: 1 })
  await stopped.save(join(folder, 'schedule'))
  using resumed = await load<Sequential>(join(folder, 'schedule'))
  expect(resumed.epochs).toBe(1)
  expect(resumed.learningRate).toBe(stopped.learningRate)
  await resumed.fit(x, y, { epochs: 3, initialEpoch: resumed.epochs })
  expect(bits(resumed)).toEqual(bits(straight))

  stopped.learningRate = 0.125
  await stopped.save(join(folder, 'number'))
  using number = await load<Sequential>(join(folder, 'number'))
  expect(number.learningRate).toBe(0.125)

  stopped.learningRate = () => 0.5
  await stopped.save(join(folder, 'function'))
  using none = await load<Sequential>(join(folder, 'function'))
  expect(() => none.learningRate).toThrow(expect.objectContaining({ code: 'ERR_NOT_COMPILED' }))
  await expect(none.fit(x, y)).rejects.toMatchObject({ code: 'ERR_NOT_COMPILED' })
  none.learningRate = 0.5
  await none.fit(x, y)
  using withRate = await load<Sequential>(join(folder, 'function'), { learningRate: falling })
  expect(withRate.learningRate).toBe(schedules.rateAt(falling, 4))
})

it('rejects values that are not rates, and any rate with lbfgs or before compile', () => {
  using model = make(0.1)
  for (const wrong of [-1, Number.NaN, 'fast', null, undefined, { name: 'cosine' }, []]) {
    expect(() => (model.learningRate = wrong as never), `${wrong}`).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT' }),
    )
  }
  expect(model.learningRate).toBe(0.1)
  model.compile({ optimizer: 'lbfgs', loss: 'sparseCategoricalCrossentropy' })
  const none = expect.objectContaining({
    code: 'ERR_ARGUMENT',
    message: expect.stringMatching(/lbfgs has no learning/),
  })
  expect(() => model.learningRate).toThrow(none)
  expect(() => (model.learningRate = 0.1)).toThrow(none)
  using bare = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] })
  const error = expect.objectContaining({ code: 'ERR_NOT_COMPILED' })
  expect(() => bare.learningRate).toThrow(error)
  expect(() => (bare.learningRate = 0.1)).toThrow(error)
})

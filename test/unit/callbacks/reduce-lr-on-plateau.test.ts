import { describe, expect, it } from 'vitest'
import { callbacks, schedules } from '../../../lib/index.js'
import { play } from './play.js'

const { reduceLROnPlateau, learningRateScheduler } = callbacks

describe('reduceLROnPlateau', () => {
  const flat = [1, 1, 1, 1, 1, 1, 1]
  it.each<[string, callbacks.ReduceLROnPlateauOptions, readonly number[], number[]]>([
    [
      'after every patience epochs without improvement',
      { factor: 0.5, patience: 2 },
      flat,
      [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125],
    ],
    ['to a tenth by default', { patience: 3 }, flat, [1, 1, 1, 0.1, 0.1, 0.1, 0.1 * 0.1]],
    ['not below minRate', { factor: 0.5, patience: 1, minRate: 0.3 }, flat, [1, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3]],
    [
      'not during the cooldown',
      { factor: 0.5, patience: 1, cooldown: 2 },
      flat,
      [1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125],
    ],
    ['if improvements are below minDelta', { factor: 0.5, patience: 1 }, [1, 0.99995, 0.9998], [1, 0.5, 0.5]],
    [
      'for no improvement, however small, with minDelta 0',
      { factor: 0.5, patience: 1, minDelta: 0 },
      [1, 0.99995, 0.9999],
      [1, 1, 1],
    ],
    ['if values fall and mode is max', { factor: 0.5, patience: 1, mode: 'max' }, [1, 0.5, 2], [1, 0.5, 0.5]],
    ['if values are NaN', { factor: 0.5, patience: 1 }, [1, Number.NaN, 0.5], [1, 0.5, 0.5]],
  ])('lowers the rate %s', async (_, options, values, rates) => {
    expect((await play(reduceLROnPlateau(options), values)).rates).toEqual(rates)
  })

  it('has a patience of 10 by default, and resets its state for each run', async () => {
    const reduce = reduceLROnPlateau()
    const values = new Array<number>(12).fill(1)
    const rates = [...new Array<number>(10).fill(1), 0.1, 0.1]
    expect((await play(reduce, values)).rates).toEqual(rates)
    expect((await play(reduce, values)).rates).toEqual(rates)
  })

  it.each<[object, RegExp]>([
    [{ factor: 1 }, /above 0 and below 1 for factor, but got 1/],
    [{ factor: 0 }, /factor/],
    [{ patience: -1 }, /patience/],
    [{ cooldown: 0.5 }, /cooldown/],
    [{ minRate: -1 }, /minRate/],
    [{ minLr: 0.1 }, /Unknown option "minLr"/],
  ])('rejects the options %o', (options, message) => {
    expect(() => reduceLROnPlateau(options)).toThrow(message)
  })
})

describe('learningRateScheduler', () => {
  it('sets the rate that a sync or async function of epoch and current rate returns', async () => {
    const halve = learningRateScheduler(async (epoch, rate) => (epoch === 0 ? rate : rate / 2))
    expect((await play(halve, [1, 1, 1])).rates).toEqual([1, 0.5, 0.25])
  })

  it('sets the rate of a schedule whose steps are epochs', async () => {
    const spec = schedules.piecewise({ boundaries: [0], values: [0.5, 0.25] })
    expect((await play(learningRateScheduler(spec), [1, 1, 1])).rates).toEqual([0.5, 0.25, 0.25])
  })

  it.each([-1, Number.NaN, undefined, '1'])('rejects a rate of %s and names the epoch', async (rate) => {
    const run = play(
      learningRateScheduler((epoch) => (epoch === 1 ? (rate as number) : 1)),
      [1, 1],
    )
    await expect(run).rejects.toThrow(/for learningRateScheduler at epoch 1, but got/)
  })

  it.each([undefined, 0.1, 'cosine', { name: 'cosine' }])('rejects %o as schedule', (wrong) => {
    expect(() => learningRateScheduler(wrong as never)).toThrow(
      /learningRateScheduler|steps of cosine|initial of cosine/,
    )
  })
})

it.each([
  ['reduceLROnPlateau', reduceLROnPlateau()],
  ['learningRateScheduler', learningRateScheduler(() => 1)],
])('%s does not overwrite a schedule or a function', async (name, callback) => {
  const cosine = schedules.cosine({ initial: 1, steps: 5 })
  await expect(play(callback, [1], { rate: cosine })).rejects.toThrow(`callbacks.${name}() sets the learning rate`)
  await expect(play(callback, [1], { rate: () => 1 })).rejects.toThrow(/is a function, which it would replace/)
  await play(callback, [1], { rate: schedules.constant({ value: 1 }) })
})

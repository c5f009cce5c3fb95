import { describe, expect, it } from 'vitest'
import { layers, optimizers, type ScheduleSpec, Sequential, schedules } from '../../lib/index.js'
import { expectWeights, fixture } from './support.js'

interface Schedules {
  x: number[][]
  y: number[][]
  start: number[][][]
  cases: { schedule: ScheduleSpec; source: string; rates: number[]; weights: number[][][] }[]
}

const { x, y, start, cases } = fixture<Schedules>('schedules.json')

/** The schedule with every default filled in, made by its factory. */
function made({ name, ...options }: ScheduleSpec): ScheduleSpec {
  return (schedules[name] as (options: object) => ScheduleSpec)(options)
}

describe.each(cases)('$source as $schedule', ({ schedule, rates, weights }) => {
  it('the schedule has the same rate at every step', () => {
    const spec = made(schedule)
    for (const [step, rate] of rates.entries()) {
      // Nine digits are kept of each rate, and a cosine of pi is 0 but for a rounding error.
      const error = Math.abs(schedules.rateAt(spec, step) - rate)
      expect(error, `step ${step}`).toBeLessThanOrEqual(1e-6 * rate + 1e-15)
    }
  })

  it('training with the schedule ends at the same weights after 25 steps', async () => {
    using model = new Sequential({
      layers: [layers.dense({ units: 4, activation: 'tanh', inputShape: [3] }), layers.dense({ units: 2 })],
      seed: 1,
    })
    model.setWeights(start)
    model.compile({ optimizer: optimizers.sgd({ learningRate: made(schedule) }), loss: 'meanSquaredError' })
    await model.fit(x, y, { epochs: 5, batchSize: 8, shuffle: false })
    expectWeights(model.getWeights(), weights, { absolute: 1e-5 })
  })
})

it('the fixtures cover every schedule', () => {
  const names = Object.keys(schedules).filter((name) => name !== 'rateAt')
  expect([...new Set(cases.map(({ schedule }) => schedule.name))].sort()).toEqual(names.sort())
})

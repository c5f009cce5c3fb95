import { describe, expect, it } from 'vitest'
import type { AnyChoices } from '../../../lib/base/choice.js'
import { optimizers, type ScheduleSpec, schedules } from '../../../lib/index.js'
import { scheduleChoices } from '../../../lib/spec/schedule.js'

type Factory = (options: object) => ScheduleSpec
const factories = schedules as unknown as Record<string, Factory>

/** Ordinary parameters of each schedule, and for each parameter another value that must change the rates. */
const ordinary: Record<string, object> = {
  constant: { value: 0.1 },
  exponentialDecay: { initial: 0.1, steps: 3, decayRate: 0.5 },
  inverseTime: { initial: 0.1, steps: 3, decayRate: 0.5 },
  polynomial: { initial: 0.1, steps: 7 },
  piecewise: { boundaries: [2, 5], values: [0.1, 0.2, 0.3] },
  cosine: { initial: 0.1, steps: 9, warmupSteps: 3 },
  cosineRestarts: { initial: 0.1, steps: 4 },
  oneCycle: { maximum: 0.1, steps: 12 },
  coslog4: { initial: 0.1, steps: 10 },
  flatCosine: { initial: 0.1, steps: 10 },
}
const others: Record<string, unknown> = {
  ...{ value: 0.2, initial: 0.2, maximum: 0.2, steps: 11, decayRate: 0.9, staircase: true, final: 0.01, power: 2 },
  ...{
    cycle: true,
    boundaries: [2, 6],
    values: [0.1, 0.2, 0.4],
    warmupSteps: 4,
    warmupInitial: 0.05,
    tMul: 1,
    mMul: 0.5,
  },
  ...{ startShare: 0.5, divFactor: 10, finalDivFactor: 10, anneal: 'linear' },
}
const ratesOf = (spec: ScheduleSpec) => Array.from({ length: 20 }, (_, step) => schedules.rateAt(spec, step))

describe.each(Object.keys(scheduleChoices))('schedules.%s', (name) => {
  const options = ordinary[name]!

  it('returns frozen JSON with all parameters', () => {
    const spec = factories[name]!(options)
    expect(spec).toMatchObject({ name, ...options })
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(Object.isFrozen(spec)).toBe(true)
    expect(optimizers.sgd({ learningRate: JSON.parse(JSON.stringify(spec)) })).toMatchObject({ learningRate: spec })
  })

  it.each(Object.keys((scheduleChoices as AnyChoices)[name]!))('depends on %s, and checks it', (option) => {
    const make = (value: unknown) => factories[name]!({ ...options, [option]: value })
    expect(ratesOf(make(others[option]))).not.toEqual(ratesOf(factories[name]!(options)))
    for (const wrong of [-1, Number.NaN, 'much', {}, null]) {
      expect(() => make(wrong), `${wrong}`).toThrow(new RegExp(`for ${option} of ${name}, but got`))
    }
  })

  it.each(Object.keys(options).filter((option) => option !== 'warmupSteps'))('requires %s', (option) => {
    expect(() => factories[name]!({ ...options, [option]: undefined })).toThrow(
      new RegExp(`for ${option} of ${name}, but got undefined`),
    )
  })

  it('rejects an unknown option', () => {
    expect(() => factories[name]!({ ...options, decay: 1 })).toThrow(/Unknown option "decay" for schedule/)
    expect(() => factories[name]!(undefined as never)).toThrow(/an object for schedule/)
  })
})

describe('a schedule', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a value too few',
      () => schedules.piecewise({ boundaries: [1, 2], values: [1, 2] }),
      /3 numbers for values of piece/,
    ],
    [
      'no boundaries',
      () => schedules.piecewise({ boundaries: [], values: [1] }),
      /an array of integers for boundaries/,
    ],
    [
      'boundaries that fall',
      () => schedules.piecewise({ boundaries: [5, 3], values: [1, 2, 3] }),
      /ascend.*3 behind 5/,
    ],
    ['one boundary twice', () => schedules.piecewise({ boundaries: [5, 5], values: [1, 2, 3] }), /ascend.*5 behind 5/],
    [
      'a value that is none',
      () => schedules.piecewise({ boundaries: [5], values: [1, Number.NaN] }),
      /entry 1 of values of piecewise, but got NaN/,
    ],
    [
      'a warm-up of all steps',
      () => schedules.cosine({ initial: 1, steps: 5, warmupSteps: 5 }),
      /fewer than the 5 steps/,
    ],
    [
      'a start of no warm-up',
      () => schedules.cosine({ initial: 1, steps: 5, warmupInitial: 0.1 }),
      /needs warmupSteps/,
    ],
    [
      'half a step',
      () => schedules.coslog4({ initial: 1, steps: 2.5 }),
      /an integer of at least 1 for steps of coslog4/,
    ],
    ['no form', () => schedules.oneCycle({ maximum: 1, steps: 5, anneal: 'cos' as never }), /one of cosine, linear/],
    ['cycles that shrink', () => schedules.cosineRestarts({ initial: 1, steps: 5, tMul: 0.5 }), /tMul/],
    ['its name alone', () => optimizers.sgd({ learningRate: 'cosine' as never }), /a schedule.*schedules\.cosine\(\{/],
    ['an unknown name', () => optimizers.sgd({ learningRate: { name: 'cosin' } as never }), /Did you mean cosine\?/],
    ['an array', () => optimizers.sgd({ learningRate: [0.1] as never }), /a schedule for learningRate of sgd/],
  ])('schedules reject %s', (_, make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  })

  it('cosineRestarts begins every cycle at its exact step', () => {
    for (const tMul of [1, 1.1, 1.5, 2, 3]) {
      const spec = schedules.cosineRestarts({ initial: 1, steps: 1000, tMul })
      for (let k = 0, begin = 0; k < 12; begin += 1000 * tMul ** k++) {
        // The first whole step of the cycle; the sum here may itself be off by a rounding error.
        const rate = schedules.rateAt(spec, Math.ceil(begin - 1e-6))
        expect(rate, `cycle ${k} of tMul ${tMul}`).toBeGreaterThan(0.99)
      }
    }
  })

  it('schedules can end at the first step', () => {
    for (const startShare of [0, 0.5, 1]) {
      const rate = schedules.rateAt(schedules.oneCycle({ maximum: 1, steps: 1, startShare }), 0)
      expect(rate, `${startShare}`).toBeGreaterThan(0)
      expect(rate).toBeLessThanOrEqual(1)
    }
  })

  it('schedules stay within their values at very late steps', () => {
    for (const [name, options] of Object.entries(ordinary)) {
      const spec = factories[name]!(options)
      for (const step of [1e3, 1e6, 2 ** 31, 2 ** 53 - 1]) {
        const rate = schedules.rateAt(spec, step)
        expect(rate >= 0 && rate <= 0.3, `${name} at ${step}: ${rate}`).toBe(true)
      }
    }
  })
})

import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { Rates } from '../../../lib/training/rates.js'

it('Rates returns one number for all steps of a constant rate', () => {
  const rates = new Rates(0.5)
  expect(rates.take(7, 1000)).toEqual({ steps: 1000, rates: Float64Array.of(0.5) })
})

it('Rates calls a function once per step, in order, for slices of any length', () => {
  const steps: number[] = []
  const rates = new Rates((step) => {
    steps.push(step)
    return step / 10
  })
  expect(rates.take(5, 4)).toEqual({ steps: 4, rates: Float64Array.of(0.5, 0.6, 0.7, 0.8) })
  expect(rates.take(8, 1)).toEqual({ steps: 1, rates: Float64Array.of(0.8) })
  expect(steps).toEqual([5, 6, 7, 8])
  rates.take(9, 2)
  expect(steps).toEqual([5, 6, 7, 8, 9, 10])
})

it('Rates computes at most 4096 rates in advance', () => {
  const rates = new Rates((step) => step)
  const { steps } = rates.take(0, 10_000)
  expect(steps).toBe(4096)
  expect(rates.take(4096, 10_000 - 4096).rates[0]).toBe(4096)
})

it('Rates.forget drops rates computed in advance', () => {
  let rate = 1
  const rates = new Rates(() => rate)
  rates.take(0, 2)
  rate = 2
  rates.forget()
  expect(rates.take(1, 1).rates[0]).toBe(2)
})

it.each([Number.NaN, -1, 1e39, undefined, '0.1'])('Rates names the step for which a function returns %s', (value) => {
  const rates = new Rates((step) => (step === 3 ? (value as number) : 0.1))
  expect(() => rates.take(2, 4)).toThrow(/learningRate at step 3/)
})

it('computes all rates of a part at once, with a number that stands for them', () => {
  const steps: number[] = []
  const of = (rate: (step: number) => number) =>
    new Rates((step) => {
      steps.push(step)
      return rate(step)
    })
  const rates = of((step) => 0.1 + step)
  const [first, all] = runNow(rates.prepare(3, 5000))
  expect([first, steps.length]).toEqual([3.1, 5000])
  expect(rates.take(5002, 1).rates[0]).toBe(5002.1)
  expect(steps.length).toBe(5000)
  expect(runNow(of((step) => 0.1 + step).prepare(3, 5000))).toEqual([first, all])
  expect(runNow(of((step) => (step === 5002 ? 1 : 0.1 + step)).prepare(3, 5000))[1]).not.toBe(all)
  expect(runNow(new Rates(0.1).prepare(0, 10))).toEqual(runNow(new Rates(0.1).prepare(7, 20)))
})

it('gives the event loop turns while it computes many rates', () => {
  const rates = new Rates((step) => 1 / (step + 1))
  const work = rates.prepare(0, 100_000)
  let steps = 1
  while (!work.next().done) steps++
  expect(steps).toBeGreaterThan(90)
  expect(rates.take(99_999, 1).rates[0]).toBe(1e-5)
})

import { expect, it } from 'vitest'
import { Rates } from '../../../lib/training/rates.js'

it('gives one number for all steps of a constant rate', () => {
  const rates = new Rates(0.5)
  expect(rates.take(7, 1000)).toEqual({ steps: 1000, rates: Float64Array.of(0.5) })
})

it('asks a function once a step, in order, whatever the slices', () => {
  const asked: number[] = []
  const rates = new Rates((step) => {
    asked.push(step)
    return step / 10
  })
  expect(rates.take(5, 4)).toEqual({ steps: 4, rates: Float64Array.of(0.5, 0.6, 0.7, 0.8) })
  expect(rates.take(8, 1)).toEqual({ steps: 1, rates: Float64Array.of(0.8) })
  expect(asked).toEqual([5, 6, 7, 8])
  rates.take(9, 2)
  expect(asked).toEqual([5, 6, 7, 8, 9, 10])
})

it('asks for some thousand steps ahead at most', () => {
  const rates = new Rates((step) => step)
  const { steps } = rates.take(0, 10_000)
  expect(steps).toBe(4096)
  expect(rates.take(4096, 10_000 - 4096).rates[0]).toBe(4096)
})

it('asks anew when an epoch begins', () => {
  let rate = 1
  const rates = new Rates(() => rate)
  rates.take(0, 2)
  rate = 2
  rates.forget()
  expect(rates.take(1, 1).rates[0]).toBe(2)
})

it.each([Number.NaN, -1, 1e39, undefined, '0.1'])('names the step at which %s came', (value) => {
  const rates = new Rates((step) => (step === 3 ? (value as number) : 0.1))
  expect(() => rates.take(2, 4)).toThrow(/learningRate at step 3/)
})

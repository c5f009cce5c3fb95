import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TimePlan } from '../../../lib/tabular/time-plan.js'

/** Two networks at once, for seconds of which 93 % are planned; recipe k takes costs[k] seconds in ten epochs. */
function planOf(seconds: number, costs: readonly number[]): TimePlan {
  const plan = new TimePlan(2, performance.now() + (1000 * seconds) / 0.93)
  for (const [recipe, cost] of costs.entries()) plan.setCost(recipe, { epochs: 10, epoch: cost / 10, end: 0 })
  return plan
}

describe('TimePlan', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('chooses the first recipe, and in their order those that fit beside it with half their epochs', () => {
    expect(planOf(100, [10, 20, 30]).some([0, 1, 2])).toEqual([0, 1, 2])
    // Twenty seconds: five for the first one at least, so that thirty seconds' half of another fits, and none of forty.
    expect(planOf(10, [10, 40, 30, 1]).some([0, 1, 2, 3])).toEqual([0, 3])
    expect(planOf(10, [10, 40, 18, 12]).some([0, 1, 2, 3])).toEqual([0, 2, 3])
    // One core is left beside a recipe that takes more time than there is.
    expect(planOf(10, [1000, 12, 4, 8]).some([0, 1, 2, 3])).toEqual([0, 1, 2])
  })

  it('has time for networks where half of each fits, and of all together', () => {
    expect(planOf(10, [20, 20]).hasTimeFor([0, 1])).toBe(true)
    expect(planOf(10, [20, 20]).hasTimeFor([0, 1, 0])).toBe(false)
    expect(planOf(10, [21, 1]).hasTimeFor([0, 1])).toBe(false)
  })

  it('gives networks equal shares of their epochs, and none more than the time that is left', () => {
    const plan = planOf(10, [10, 30])
    expect(plan.begin('a', 0, [1])).toBeCloseTo(5, 6)
    expect(plan.begin('b', 1, [])).toBeCloseTo(10 / 3, 6)
    expect(planOf(10, [5, 9]).begin('a', 0, [1])).toBe(10)
    const alone = planOf(10, [40, 1])
    expect(alone.begin('a', 0, [])).toBeCloseTo(2.5, 6)
    // The other core is free.
    expect(alone.begin('b', 1, [])).toBe(10)
  })

  it('counts networks that are trained until they are planned to end, or end', () => {
    const plan = planOf(10, [10, 10])
    plan.begin('a', 0, [])
    plan.begin('b', 0, [])
    expect(plan.hasTimeFor([1])).toBe(false)
    plan.end('a')
    expect(plan.hasTimeFor([1])).toBe(true)
    vi.advanceTimersByTime(6000)
    expect(plan.hasTimeFor([1])).toBe(false)
  })

  it('corrects the cost of a recipe by what a network of it took, and that of recipes without one alike', () => {
    const plan = planOf(10, [20, 20])
    plan.correct(0, 5, 5)
    expect(plan.begin('a', 0, [])).toBe(10)
    expect(plan.begin('b', 1, [])).toBe(10)
    plan.end('a')
    plan.end('b')
    plan.correct(0, 10, 40)
    expect(plan.begin('a', 0, [])).toBeCloseTo(2.5, 6)
    plan.correct(1, 10, 10)
    expect(plan.begin('b', 1, [])).toBe(10)
    plan.end('a')
    expect(plan.begin('a', 0, [])).toBeCloseTo(2.5, 6)
    expect(() => plan.correct(2, 1, 1)).not.toThrow()
    // A short network tells little of the others: 52 seconds in place of 52.
    const uneven = planOf(10, [20, 2, 20])
    uneven.correct(1, 10, 12)
    uneven.correct(0, 25, 40)
    expect(uneven.begin('a', 2, [])).toBeCloseTo(5, 6)
  })

  it('leaves time for the held-out rows at the end', () => {
    const plan = planOf(10, [])
    plan.setCost(0, { epochs: 10, epoch: 2, end: 4 })
    expect(plan.begin('a', 0, [])).toBeCloseTo(3, 6)
  })
})

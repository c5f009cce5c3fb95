import { describe, expect, it } from 'vitest'
import { learnFrom } from '../../examples/symmetry.js'

const seeds = Array.from({ length: 10 }, (_, seed) => seed)

describe('symmetry of hidden units', () => {
  it.each(seeds)('is not broken by weights of 0: the loss stays at chance level, seed %i', async (seed) => {
    const { units, spread, loss, right } = await learnFrom({ start: 'zeros', seed })
    for (const unit of units) expect(unit).toEqual(units[0])
    expect(spread).toBe(0)
    expect(loss).toBeCloseTo(Math.LN2, 6)
    expect(right).toBeLessThanOrEqual(2)
  })

  it('is not broken by weights of 1: the network learns as much as one hidden unit can', async () => {
    const { units, spread, loss, right } = await learnFrom({ start: 'ones', seed: 1 })
    expect(spread).toBeCloseTo(0, 4)
    expect(Math.abs(units[0]![0]! - 1)).toBeGreaterThan(0.5)
    expect(right).toBeLessThanOrEqual(3)
    expect(loss).toBeGreaterThan(0.4)
  })

  it.each(seeds)('is broken by random weights, with which the network learns, seed %i', async (seed) => {
    const { units, spread, loss, right } = await learnFrom({ start: 'glorotUniform', seed })
    expect(new Set(units.map(String)).size).toBe(units.length)
    expect(spread).toBeGreaterThan(1)
    expect(right).toBe(4)
    expect(loss).toBeLessThan(0.05)
  })
})

import { describe, expect, it } from 'vitest'
import { learnXor, xor } from '../../examples/xor.js'

const seeds = Array.from({ length: 10 }, (_, seed) => seed)

describe('xor', () => {
  it.each(seeds)('is learned by a network with a hidden layer, seed %i', async (seed) => {
    const { loss, outputs, right } = await learnXor({ hidden: 8, seed })
    expect(outputs.map(Math.round)).toEqual(xor.y)
    expect(right).toBe(4)
    expect(loss).toBeLessThan(0.05)
  })

  it.each(seeds)('cannot be learned by a single unit, seed %i', async (seed) => {
    const { loss, outputs, right } = await learnXor({ hidden: 0, seed })
    expect(right).toBeLessThanOrEqual(3)
    // The optimum of a single unit: it predicts 1/2 for every row.
    expect(loss).toBeCloseTo(Math.LN2, 4)
    for (const output of outputs) expect(output).toBeCloseTo(0.5, 2)
  })
})

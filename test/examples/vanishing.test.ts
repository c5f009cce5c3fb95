import { describe, expect, it } from 'vitest'
import { learnDeep } from '../../examples/vanishing.js'

const seeds = [0, 1, 2]

describe('a network of ten hidden layers', () => {
  it.each(seeds)('with sigmoid has vanishing gradients and does not learn, seed %i', async (seed) => {
    const { gradients, accuracy } = await learnDeep({ activation: 'sigmoid', epochs: 2, seed })
    expect(gradients).toHaveLength(11)
    for (let i = 1; i < 10; i++) expect(gradients[i]! / gradients[i - 1]!).toBeGreaterThan(2)
    expect(gradients[9]! / gradients[0]!).toBeGreaterThan(1e4)
    expect(accuracy).toBeLessThan(0.2)
  })

  it.each(seeds)('with relu has gradients of similar size in all layers and learns, seed %i', async (seed) => {
    const { gradients, accuracy } = await learnDeep({ activation: 'relu', seed })
    const hidden = gradients.slice(0, 10)
    expect(Math.max(...hidden) / Math.min(...hidden)).toBeLessThan(10)
    expect(accuracy).toBeGreaterThan(0.85)
  })
})

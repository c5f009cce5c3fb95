import { afterEach, expect, it, vi } from 'vitest'
import { drawnName, drawnSeed } from '../../lib/drawn.js'

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([
  [0, 0, '000000000000'],
  [1 - 2 ** -53, 2 ** 32 - 1, 'ffffffffffff'],
  [0.5, 2 ** 31, '800000000000'],
])('draws seeds of 32 bits and names of twelve digits, from %d', (random, seed, name) => {
  vi.spyOn(Math, 'random').mockReturnValue(random)
  expect(drawnSeed()).toBe(seed)
  expect(drawnName()).toBe(name)
})

it('draws others each time', () => {
  expect(new Set(Array.from({ length: 100 }, drawnName)).size).toBe(100)
})

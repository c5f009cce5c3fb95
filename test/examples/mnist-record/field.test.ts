import { describe, expect, it } from 'vitest'
import { boxWidths, makeField, smooth } from '../../../examples/mnist-record/field.js'
import { makeRandom, signed } from '../../../examples/mnist-record/random.js'

const size = 64

/** The impulse response of the filter: a single 1 in the middle, smoothed. */
function impulse(sigma: number): Float32Array {
  const values = new Float32Array(size * size)
  values[(size / 2) * size + size / 2] = 1
  smooth(values, size, sigma)
  return values
}

describe('makeRandom', () => {
  it('gives the same numbers for the same seed, other numbers for another seed', () => {
    const draw = (...seed: number[]) => {
      const random = makeRandom(...seed)
      return Array.from({ length: 5 }, random)
    }
    expect(draw(1, 2)).toEqual(draw(1, 2))
    const draws = [draw(1, 2), draw(2, 1), draw(1, 3), draw(0), draw(1), draw(3)]
    expect(new Set(draws.map((numbers) => numbers[0])).size).toBe(draws.length)
  })

  it('gives uniform numbers', () => {
    const random = makeRandom(1)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) counts[Math.floor(10 * random())]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
    for (let i = 0; i < 1000; i++) expect(Math.abs(signed(random))).toBeLessThanOrEqual(1)
  })
})

describe('smooth', () => {
  it.each([4, 5.5, 6])('approximates a Gaussian of standard deviation %f', (sigma) => {
    const filter = impulse(sigma)
    let [total, variance, farthest] = [0, 0, 0]
    const peak = 1 / (2 * Math.PI * sigma ** 2)
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const [y, x] = [i - size / 2, j - size / 2]
        const value = filter[i * size + j]!
        total += value
        variance += value * x ** 2
        farthest = Math.max(farthest, Math.abs(value - peak * Math.exp(-(x ** 2 + y ** 2) / (2 * sigma ** 2))))
      }
    }
    expect(total).toBeCloseTo(1, 4)
    // Below the effect of a change of one width by 2.
    expect(Math.abs(variance / sigma ** 2 - 1)).toBeLessThan(0.09)
    expect(farthest).toBeLessThan(0.13 * peak)
  })

  it('wraps around at the border, and keeps a constant image', () => {
    const values = new Float32Array(size * size)
    values[0] = 1
    smooth(values, size, 3)
    expect(values[size - 1]).toBeCloseTo(values[1]!, 6)
    expect(values[(size - 1) * size]).toBeCloseTo(values[size]!, 6)
    const constant = new Float32Array(size * size).fill(2)
    smooth(constant, size, 3)
    for (const value of constant) expect(value).toBeCloseTo(2, 4)
  })

  it('uses odd box widths, and width 1 for a standard deviation of 0', () => {
    for (const sigma of [0.5, 2, 5.5]) for (const width of boxWidths(sigma, 3)) expect(width % 2).toBe(1)
    expect(boxWidths(0, 3)).toEqual([1, 1, 1])
  })
})

describe('makeField', () => {
  it('has displacements of the size that alpha and sigma determine', () => {
    const [alpha, sigma] = [36, 5.5]
    const { values } = makeField(256, { alpha, sigma }, makeRandom(1))
    const rms = Math.hypot(...values) / 256
    // Uniform noise of variance 1/3, under a Gaussian whose squares add up to 1 / (4 pi sigma^2).
    const expected = alpha / Math.sqrt(3) / (2 * sigma * Math.sqrt(Math.PI))
    expect(Math.abs(rms / expected - 1)).toBeLessThan(0.15)
  })

  it('is 0 everywhere at a strength of 0', () => {
    expect(makeField(32, { alpha: 0, sigma: 5 }, makeRandom(1)).values.every((value) => value === 0)).toBe(true)
  })
})

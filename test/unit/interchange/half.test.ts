import { describe, expect, it } from 'vitest'
import { fromHalf, toHalf } from '../../../lib/interchange/half.js'

describe('float16', () => {
  it('gives back every number of float16', () => {
    const wrong = Array.from({ length: 65_536 }, (_, half) => half).filter((half) => {
      const value = fromHalf(half)
      return Number.isNaN(value) ? (toHalf(value) & 0x7fff) !== 0x7e00 : toHalf(value) !== half
    })
    expect(wrong).toEqual([])
  })

  it('rounds to the nearest number, ties to even', () => {
    const wrong = Array.from({ length: 0x7bff }, (_, half) => half).filter((half) => {
      const [low, high] = [fromHalf(half), fromHalf(half + 1)]
      const middle = toHalf((low + high) / 2)
      const [below, above] = [toHalf(low + 0.49 * (high - low)), toHalf(-low - 0.51 * (high - low))]
      return middle !== half + (half % 2) || below !== half || above !== ((half + 1) | 0x8000)
    })
    expect(wrong).toEqual([])
    expect([65_519.9, 65_520, Infinity].map(toHalf)).toEqual([0x7bff, 0x7c00, 0x7c00])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound, upperBound } from '../../../lib/math/search.js'

describe('search', () => {
  it('lowerBound and upperBound count the numbers below a value and up to it', () => {
    const few = fc.integer({ min: -3, max: 3 })
    fc.assert(
      fc.property(fc.array(few), few, (list, value) => {
        const sorted = Float64Array.from(list).sort()
        expect(lowerBound(sorted, value)).toBe(sorted.filter((number) => number < value).length)
        expect(upperBound(sorted, value)).toBe(sorted.filter((number) => number <= value).length)
      }),
    )
  })
})

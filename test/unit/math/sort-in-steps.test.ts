import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { sortInSteps } from '../../../lib/math/sort-in-steps.js'

type Entry = [value: number, place: number]
const byValue = ([a]: Entry, [b]: Entry) => a - b

it('sorts as arrays do, equal entries in their order, whatever the number of blocks', () => {
  const lengths = fc.oneof(fc.nat(20), fc.nat(40_000), fc.constantFrom(4095, 4096, 4097, 8192, 12_288, 12_289))
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 5000 }), fc.nat(1000), (length, values, shift) => {
      const entries = Array.from({ length }, (_, k): Entry => [((k + shift) * 7919) % values, k])
      const expected = entries.toSorted(byValue)
      expect(runNow(sortInSteps(entries, byValue))).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

it('compares few entries between two steps', () => {
  let [most, now] = [0, 0]
  const entries = Array.from({ length: 200_000 }, (_, k) => (k * 7919) % 200_003)
  const work = sortInSteps(entries, (a, b) => {
    now++
    return a - b
  })
  while (!work.next().done) [most, now] = [Math.max(most, now), 0]
  expect(Math.max(most, now)).toBeLessThan(100_000)
})

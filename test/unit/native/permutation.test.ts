import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { permutationInSteps } from '../../../lib/native/permutation.js'

const permutation = (count: number, seed: number, stream: number) => runNow(permutationInSteps(count, seed, stream))

it('a permutation has each number once, and depends on the seed and the stream', () => {
  const seeds = fc.tuple(fc.nat(2 ** 31), fc.nat(1000))
  fc.assert(
    fc.property(fc.nat(300), seeds, (count, [seed, stream]) => {
      const order = permutation(count, seed, stream)
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k))
      expect(permutation(count, seed, stream)).toEqual(order)
      if (count > 20) expect(permutation(count, seed, stream + 1)).not.toEqual(order)
    }),
  )
})

it('a long permutation is made in steps', () => {
  let steps = 0
  const work = permutationInSteps(200_000, 1, 0)
  while (!work.next().done) steps++
  expect(steps).toBeGreaterThan(20)
})

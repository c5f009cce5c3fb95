import { checkSeed } from '../base/check.js'
import { randomSeed } from '../base/random-seed.js'
import { normalQuantile } from '../math/normal.js'
import { uniforms } from '../math/random.js'

/** A source of random numbers for generated data. */
export interface Draw {
  /** A number from `low` to below `high`. */
  uniform(low?: number, high?: number): number
  /** A number of the standard normal distribution. */
  normal(): number
  /** An integer from 0 to below `count`. */
  below(count: number): number
  /** The integers from 0 to below `count` in random order. */
  permutation(count: number): Uint32Array
}

/** A source with a seed, or a random seed. */
export function drawFrom(seed: number | undefined): Draw {
  const random = uniforms(seed === undefined ? randomSeed() : checkSeed(seed))
  const below = (count: number) => Math.floor(random() * count)
  return {
    uniform: (low = 0, high = 1) => low + (high - low) * random(),
    // Half a step above the drawn number, because the quantile of 0 is infinite.
    normal: () => normalQuantile(random() + 2 ** -54),
    below,
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, i) => i)
      for (let last = count - 1; last > 0; last--) {
        const other = below(last + 1)
        const entry = order[last]!
        order[last] = order[other]!
        order[other] = entry
      }
      return order
    },
  }
}

/**
 * A generator of numbers from 0 to below 1: a counter whose bits are mixed, with the full period of 2^64.
 *
 * Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
 */
export function uniforms(seed: number): () => number {
  let counter = BigInt.asUintN(64, BigInt(seed))
  return () => {
    counter = BigInt.asUintN(64, counter + 0x9e3779b97f4a7c15n)
    let mixed = counter
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n)
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
    return Number((mixed ^ (mixed >> 31n)) >> 11n) / 2 ** 53
  }
}

/**
 * Draws `size` different numbers from 0 to below `count`.
 *
 * Source: Bentley and Floyd 1987, "A sample of brilliance".
 */
export function sampleWithoutReplacement(count: number, size: number, random: () => number): Uint32Array {
  const sample = new Set<number>()
  for (let last = count - size; last < count; last++) {
    const candidate = Math.floor(random() * (last + 1))
    sample.add(sample.has(candidate) ? last : candidate)
  }
  return Uint32Array.from(sample)
}

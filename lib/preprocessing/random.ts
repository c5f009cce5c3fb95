/**
 * Numbers from 0 to below 1 from a seed: a counter that is mixed, of full period 2^64.
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
 * Some of the numbers from 0 to below `count`, each once, in random order: Durstenfeld's shuffle (1964), as far as it is
 * needed.
 */
export function drawWithout(count: number, wanted: number, random: () => number): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = 0; i < wanted; i++) {
    const other = i + Math.floor(random() * (count - i))
    ;[all[i], all[other]] = [all[other]!, all[i]!]
  }
  return all.subarray(0, wanted)
}

/** Numbers in [0, 1), the same for the same seed: xorshift128 (Marsaglia 2003, "Xorshift RNGs", section 4). */
export type Random = () => number

/** @param seed integers: other seeds give other numbers. */
export function makeRandom(...seed: readonly number[]): Random {
  let [x, y, z, w] = [123456789, 362436069, 521288629, 88675123]
  const next = (): number => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return (w >>> 0) / 2 ** 32
  }
  // Mixes in each number of the seed before the next: seeds that differ in one bit soon differ in all bits.
  for (const number of seed) {
    w ^= number
    for (let i = 0; i < 32; i++) next()
  }
  return next
}

/** A number in [-1, 1). */
export function signed(random: Random): number {
  return 2 * random() - 1
}

import { sampleWithoutReplacement } from '../math/random.js'
import type { Draw } from './draw.js'

/** Bits of one random integer. */
const bits = 30

/** `count` different corners of a cube, as arrays of zeros and ones. */
export function drawVertices(count: number, dimensions: number, draw: Draw): number[][] {
  if (dimensions > bits) {
    const low = drawVertices(count, bits, draw)
    return low.map((vertex) => [
      ...Array.from({ length: dimensions - bits }, () => (draw.uniform() < 0.5 ? 0 : 1)),
      ...vertex,
    ])
  }
  const drawn = sampleWithoutReplacement(2 ** dimensions, count, () => draw.uniform())
  const order = draw.permutation(count)
  return Array.from(order, (k) => Array.from({ length: dimensions }, (_, j) => (drawn[k]! >> j) & 1))
}

import type { BatchLike } from '../../lib/index.js'
import { classes } from './models.js'

export const rows = 1000
export const { x, y } = classes(rows)

/** The rows in batches whose sizes repeat the arguments. */
export function* batches(...sizes: number[]): Generator<BatchLike> {
  for (let row = 0, k = 0; row < rows; row += sizes[k++ % sizes.length]!) {
    const end = Math.min(row + sizes[k % sizes.length]!, rows)
    yield [x.subarray(4 * row, 4 * end), y.subarray(row, end)]
  }
}

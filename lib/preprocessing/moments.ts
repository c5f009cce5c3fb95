import { rowBlocks, type Work } from '../base/breathing.js'
import type { Cells } from './cells.js'

/** For each column: the sum of weights, the mean and the sum of squared distances from it. Missing numbers do not count. */
export interface Moments {
  readonly counts: Float64Array
  readonly means: Float64Array
  readonly squares: Float64Array
}

/**
 * Adds rows to the moments of the rows before. Each block of rows is summed in two passes, and blocks are merged by the updating
 * formula, so that no large sums cancel. Sums are of distances from the block's first number: those of a constant column are 0.
 *
 * Source: Welford 1962; Chan, Golub and LeVeque 1983, equations 1.5a and 1.5b.
 */
export function* addMoments(
  { data, rows, columns }: Cells,
  weights: Float64Array | undefined,
  before?: Moments,
): Work<Moments> {
  const counts = before ? before.counts.slice() : new Float64Array(columns)
  const means = before ? before.means.slice() : new Float64Array(columns)
  const squares = before ? before.squares.slice() : new Float64Array(columns)
  const [count, mean, square] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)]
  const origin = new Float64Array(columns)
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (const sums of [count, mean, square]) sums.fill(0)
    origin.fill(Number.NaN)
    for (let i = begin; i < end; i++) {
      const weight = weights ? weights[i]! : 1
      for (let j = 0; j < columns; j++) {
        const value = data[i * columns + j]!
        if (Number.isNaN(value)) continue
        if (Number.isNaN(origin[j])) origin[j] = value
        count[j]! += weight
        mean[j]! += weight * (value - origin[j]!)
      }
    }
    for (let j = 0; j < columns; j++) if (count[j]! > 0) mean[j] = origin[j]! + mean[j]! / count[j]!
    for (let i = begin; i < end; i++) {
      const weight = weights ? weights[i]! : 1
      for (let j = 0; j < columns; j++) {
        const distance = data[i * columns + j]! - mean[j]!
        if (!Number.isNaN(distance)) square[j]! += weight * distance * distance
      }
    }
    for (let j = 0; j < columns; j++) {
      const all = counts[j]! + count[j]!
      if (count[j] === 0) continue
      if (counts[j] === 0) means[j] = mean[j]!
      const distance = mean[j]! - means[j]!
      means[j]! += (distance * count[j]!) / all
      squares[j]! += square[j]! + (distance * distance * counts[j]! * count[j]!) / all
      counts[j] = all
    }
  })
  return { counts, means, squares }
}

import { rowBlocks, type Work } from '../base/breathing.js'
import type { CellColumn } from './cell-column.js'
import { inSteps } from './in-steps.js'

/** How the numbers of a column are distributed: `counts[k]` of them lie above `edges[k - 1]` and not above `edges[k]`. */
export interface Histogram {
  readonly edges: readonly number[]
  /** One more than edges; missing cells are not counted. */
  readonly counts: readonly number[]
}

const bins = 10
/** Edges are deciles of so many rows, one of each of equal steps. */
const mostRows = 20_000

/**
 * The distribution of a column's numbers, in at most ten bins with about equal counts.
 * @param read reads a cell: NaN where it is missing.
 */
export function* histogramOf(
  column: CellColumn,
  read: (value: unknown) => number | undefined,
  max: number | undefined,
): Work<Histogram> {
  const rows = inSteps(column.length, Math.min(column.length, mostRows))
  const size = rows.length
  const sample = new Float64Array(size)
  let count = 0
  yield* rowBlocks(size, 8, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const number = read(column.valueAt(rows[k]!))!
      if (!Number.isNaN(number)) sample[count++] = number
    }
  })
  const sorted = sample.subarray(0, count).sort()
  const deciles = Array.from({ length: bins - 1 }, (_, k) => sorted[Math.floor(((k + 1) * (count - 1)) / bins)]!)
  // Beyond the largest number there would be an empty bin.
  const edges = count === 0 ? [] : deciles.filter((edge, k) => edge < max! && (k === 0 || edge > deciles[k - 1]!))
  const counts = Array.from({ length: edges.length + 1 }, () => 0)
  yield* rowBlocks(column.length, 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const number = read(column.valueAt(row))!
      if (!Number.isNaN(number)) counts[binOfNumber(number, edges)]!++
    }
  })
  return { edges, counts }
}

/** The place of a number among ascending edges: that of the first edge that is not below it. */
export function binOfNumber(number: number, edges: readonly number[]): number {
  let bin = 0
  while (bin < edges.length && number > edges[bin]!) bin++
  return bin
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { quantileOf } from '../math/percentiles.js'
import type { Cells } from './cells.js'
import { addMoments, type Moments } from './moments.js'
import type { QuantileSketch } from './quantile-sketch.js'
import { addSketches } from './sketches.js'
import { sortedColumn } from './sorted-column.js'

/** The statistic that replaces missing numbers. */
type Strategy = 'mean' | 'median' | 'mostFrequent' | 'constant'

/** The counts of present and missing numbers of each column. */
export interface Presence {
  readonly present: Float64Array
  readonly missing: Float64Array
}

/** What a strategy keeps from batch to batch. */
export interface Sums {
  readonly moments?: Moments
  readonly sketches?: readonly QuantileSketch[]
  readonly counts?: NumberCounts
}

type NumberCounts = readonly Map<number, number>[]

/** Counts present and missing numbers, added to those of earlier batches. */
export function* countMissing({ data, rows, columns }: Cells, before: Presence | undefined): Work<Presence> {
  const present = before ? before.present.slice() : new Float64Array(columns)
  const missing = before ? before.missing.slice() : new Float64Array(columns)
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let k = begin * columns; k < end * columns; k++) (Number.isNaN(data[k]) ? missing : present)[k % columns]!++
  })
  return { present, missing }
}

/**
 * The statistic of each column, NaN for a column without numbers, and the sums that the next batch adds to. 'constant'
 * needs none: its statistics are 0. The median of batches comes from sketches, that of all rows at once from sorted numbers.
 */
export function* summarise(
  cells: Cells,
  strategy: Strategy,
  streaming: boolean,
  before: Sums | undefined,
): Work<[Sums, Float64Array]> {
  if (strategy === 'mean') {
    const moments = yield* addMoments(cells, undefined, before?.moments)
    return [{ moments }, moments.means.map((mean, j) => (moments.counts[j] === 0 ? Number.NaN : mean))]
  }
  if (strategy === 'mostFrequent') {
    const counts = yield* countNumbers(cells, before?.counts)
    return [{ counts }, Float64Array.from(counts, mostFrequent)]
  }
  if (strategy === 'median' && streaming) {
    const sketches = yield* addSketches(cells, before?.sketches)
    return [{ sketches }, Float64Array.from(sketches, (sketch) => sketch.quantiles([0.5])[0]!)]
  }
  const medians = new Float64Array(cells.columns)
  if (strategy === 'constant') return [{}, medians]
  for (let j = 0; j < cells.columns; j++) medians[j] = quantileOf(yield* sortedColumn(cells, j), 0.5)
  return [{}, medians]
}

function* countNumbers({ data, rows, columns }: Cells, before: NumberCounts | undefined): Work<NumberCounts> {
  const counts = Array.from({ length: columns }, (_, j) => new Map(before?.[j]))
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let k = begin * columns; k < end * columns; k++) {
      const [value, column] = [data[k]!, counts[k % columns]!]
      if (!Number.isNaN(value)) column.set(value, (column.get(value) ?? 0) + 1)
    }
  })
  return counts
}

/** The most frequent number, the smallest of several; NaN if there is none. */
function mostFrequent(counts: Map<number, number>): number {
  let [best, most] = [Number.NaN, 0]
  for (const [value, count] of counts) {
    if (count > most || (count === most && value < best)) [best, most] = [value, count]
  }
  return best
}

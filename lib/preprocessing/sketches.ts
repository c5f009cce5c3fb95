import { rowBlocks, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { restoreList } from '../learning/restore.js'
import type { Cells } from './cells.js'
import { QuantileSketch } from './quantile-sketch.js'

/** A sketch of each column's numbers, together with those before; what is missing does not count. */
export function* addSketches(
  { data, rows, columns }: Cells,
  before?: readonly QuantileSketch[],
): Work<readonly QuantileSketch[]> {
  const sketches = Array.from({ length: columns }, (_, j) => before?.[j]?.copy() ?? new QuantileSketch())
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      for (let j = 0; j < columns; j++) {
        const value = data[i * columns + j]!
        if (!Number.isNaN(value)) sketches[j]!.add(value)
      }
    }
  })
  return sketches
}

/**
 * The sketches that a batch adds to.
 * @throws ArgumentError where all rows came at once before, of which nothing but quantiles is left.
 */
export function checkSketches(
  before: { readonly sketches: readonly QuantileSketch[] | undefined } | undefined,
  what: string,
): readonly QuantileSketch[] | undefined {
  if (!before || before.sketches) return before?.sketches
  throw new ArgumentError(
    `Expected a ${what} that has learned from batches alone for partialFit: fit of a whole table keeps no more than its quantiles. ` +
      'Begin with partialFit, or give fit an iterable of batches.',
  )
}

/** Sketches out of a file, one a column, or none. */
export function restoreSketches(value: unknown, columns: number): readonly QuantileSketch[] | undefined {
  return value === null ? undefined : restoreList(value, 'sketches', columns, QuantileSketch.fromJSON)
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { restoreList } from '../learning/restore.js'
import type { Cells } from './cells.js'
import { QuantileSketch } from './quantile-sketch.js'

/** Adds rows to the sketches of the rows before, one sketch for each column; missing numbers do not count. */
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
 * @throws ArgumentError after a fit of all rows at once, which keeps only quantiles.
 */
export function checkSketches(
  before: { readonly sketches: readonly QuantileSketch[] | undefined } | undefined,
  name: string,
): readonly QuantileSketch[] | undefined {
  if (!before || before.sketches) return before?.sketches
  throw new ArgumentError(
    `Expected a ${name} that learned from batches for partialFit: a fit of a whole table keeps only quantiles. ` +
      'Begin with partialFit, or pass an iterable of batches to fit.',
  )
}

/** Sketches of a file, one for each column, or none. */
export function restoreSketches(value: unknown, columns: number): readonly QuantileSketch[] | undefined {
  return value === null ? undefined : restoreList(value, 'sketches', columns, QuantileSketch.fromJSON)
}

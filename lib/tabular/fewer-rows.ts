import { runBreathing, type Work } from '../base/breathing.js'
import type { CellColumn } from './cell-column.js'
import { inSteps } from './in-steps.js'
import type { CellTable } from './read-rows.js'

/** Tables with fewer cells are prepared whole: that takes less than a second. */
const fewCells = 500_000
/** The cells, and the least number of rows, on which the time is measured. */
const measuredCells = 50_000
const leastMeasured = 200
/** Rows of each class that are kept at least. */
const leastOfClass = 2

/**
 * All rows, or so many of them, one of each of equal steps, that preparing them ends in time; a few of each class at least.
 * @param strata class numbers.
 * @param until when preparing should end, as performance.now() counts.
 * @param prepare the work whose time is measured on some rows.
 */
export async function rowsInTime(
  cells: CellTable,
  strata: Int32Array | undefined,
  until: number,
  prepare: (cells: CellTable) => Work<unknown>,
  signal: AbortSignal | undefined,
): Promise<CellTable> {
  const { rows, columns } = cells
  const measured = Math.max(leastMeasured, Math.ceil(measuredCells / columns.size))
  if (until === Infinity || rows * columns.size < fewCells || rows < 4 * measured) return cells
  const some = await runBreathing(takeCells(cells, inSteps(rows, measured)), signal)
  let begin = 0
  try {
    // Code takes four times as long before it is optimized.
    await runBreathing(prepare(some), signal)
    begin = performance.now()
    await runBreathing(prepare(some), signal)
  } catch {
    // What is wrong with some rows is wrong with all, and is told with the right numbers of rows.
    signal?.throwIfAborted()
    return cells
  }
  const now = performance.now()
  const most = Math.max(measured, Math.floor((measured * (until - now)) / (now - begin)))
  if (most >= rows) return cells
  return runBreathing(takeCells(cells, chosenRows(rows, most, strata)), signal)
}

function chosenRows(rows: number, most: number, strata: Int32Array | undefined): Uint32Array {
  const chosen = new Uint8Array(rows)
  for (const row of inSteps(rows, most)) chosen[row] = 1
  const counts: number[] = []
  for (let row = 0; strata !== undefined && row < rows; row++) {
    const stratum = strata[row]!
    counts[stratum] = (counts[stratum] ?? 0) + 1
    if (counts[stratum] <= leastOfClass) chosen[row] = 1
  }
  return Uint32Array.from(chosen.keys()).filter((row) => chosen[row] === 1)
}

function* takeCells({ columns }: CellTable, rows: Uint32Array): Work<CellTable> {
  const taken = new Map<string, CellColumn>()
  for (const [name, column] of columns) taken.set(name, yield* column.take(rows))
  return { rows: rows.length, columns: taken }
}

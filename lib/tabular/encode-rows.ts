import { describe, mismatch } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import type { CellColumn } from './cell-column.js'
import { eachRow } from './each-row.js'
import type { Encoder } from './encoder.js'

/** Rows in one part. */
const partRows = 4096

/**
 * Rows as numbers, in parts of at most 4,096 rows. Reads them in steps between turns of the event loop.
 * @param target receives the cells of its column, which all rows have, if there is one.
 * @param until when reading ends, as performance.now() counts; see eachRow.
 * @throws ArgumentError with row and column as `Schema.check` does; the signal's reason when it is aborted.
 */
export async function encodeRows(
  rows: unknown,
  encoder: Encoder,
  signal: AbortSignal | undefined,
  target?: CellColumn,
  until = Infinity,
): Promise<{ readonly parts: Matrix[]; readonly isWhole: boolean }> {
  const { width } = encoder
  const parts: Matrix[] = []
  let [buffer, filled] = [new Float32Array(0), 0]
  const { isWhole } = await eachRow(
    rows,
    signal,
    (row, index) => {
      if (filled === partRows || buffer.length === 0) {
        buffer = new Float32Array(partRows * width)
        filled = 0
        parts.push(new Matrix(buffer, partRows, width))
      }
      encoder.encode(row, index, buffer, filled * width)
      filled++
      if (!target) return
      const { name } = target
      if (!Object.hasOwn(row, name)) {
        throw mismatch(`row ${index}`, `the target column ${describe(name)}`, 'none', '', { row: index, column: name })
      }
      target.push((row as Record<string, unknown>)[name], index)
    },
    until,
  )
  if (parts.length > 0) {
    parts[parts.length - 1] = new Matrix(buffer.subarray(0, filled * width), filled, width)
  }
  return { parts, isWhole }
}

/** Parts below each other in one matrix. */
export function joined(parts: readonly Matrix[], width: number): Matrix {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const matrix = new Matrix(new Float32Array(rows * width), rows, width)
  let at = 0
  for (const { data } of parts) {
    matrix.data.set(data, at)
    at += data.length
  }
  return matrix
}

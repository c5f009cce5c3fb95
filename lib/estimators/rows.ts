import { rowBlocks, type Work } from '../base/breathing.js'
import { invalid } from '../base/check.js'
import {
  checkFiniteRange,
  isFlatRow,
  isNumberArray,
  type NumberArray,
  type NumberTable,
  toTable,
} from '../base/matrix.js'

/**
 * One flat row of numbers as a table; undefined for a table.
 * @param columns the numbers that the row must have.
 * @throws ArgumentError for a flat array of another length or with something else than numbers.
 */
export function asRow(x: unknown, columns: number): NumberTable | undefined {
  const isFlat = isNumberArray(x) || isFlatRow(x)
  if (!isFlat) return undefined
  const row = x as readonly number[] | NumberArray
  if (row.length !== columns) throw invalid('x', `a row of ${columns} numbers`, x, 'For several rows give a table.')
  // toTable's steps would take longer than a small network.
  if (row instanceof Float32Array || row instanceof Float64Array) {
    checkFiniteRange(row, columns, 'x', 0, columns)
    return { data: row, rows: 1, columns }
  }
  const wrong = Array.isArray(row) ? row.findIndex((value) => typeof value !== 'number') : -1
  if (wrong >= 0) throw invalid(`column ${wrong} of x`, 'a number', row[wrong])
  return toTable(isNumberArray(row) ? row : Float64Array.from(row), 'x', columns)
}

/** Flat arrays that rows are copied from. */
type Flat = Float32Array | Float64Array | Uint8Array | Int32Array

/** Upper bound on columns of rows that a loop copies faster than a view and `set`. */
const few = 16

/** Copies of the rows at `indices` of a flat table of `columns` numbers a row. */
export function* takeFlat<D extends Flat>(data: D, columns: number, indices: Uint32Array): Work<D> {
  const rows = new (data.constructor as new (length: number) => D)(indices.length * columns)
  yield* rowBlocks(indices.length, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const from = indices[i]! * columns
      if (columns > few) rows.set(data.subarray(from, from + columns), i * columns)
      else for (let j = 0; j < columns; j++) rows[i * columns + j] = data[from + j]!
    }
  })
  return rows
}

/** Copies of the rows at `indices`. */
export function* takeRows({ data, columns }: NumberTable, indices: Uint32Array): Work<NumberTable> {
  return { data: yield* takeFlat(data, columns, indices), rows: indices.length, columns }
}

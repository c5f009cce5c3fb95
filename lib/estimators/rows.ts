import { invalid } from '../base/check.js'
import { isFlatRow, isNumberArray, type NumberArray, type NumberTable, toTable } from '../base/matrix.js'

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
  const wrong = Array.isArray(row) ? row.findIndex((value) => typeof value !== 'number') : -1
  if (wrong >= 0) throw invalid(`column ${wrong} of x`, 'a number', row[wrong])
  return toTable(isNumberArray(row) ? row : Float64Array.from(row), 'x', columns)
}

/** Flat arrays that rows are copied from. */
type Flat = Float32Array | Float64Array | Uint8Array | Int32Array

/** Copies of the rows at `indices` of a flat table of `columns` numbers a row. */
export function takeFlat<D extends Flat>(data: D, columns: number, indices: Uint32Array): D {
  const rows = new (data.constructor as new (length: number) => D)(indices.length * columns)
  if (columns === 1) for (const [i, index] of indices.entries()) rows[i] = data[index]!
  else for (const [i, at] of indices.entries()) rows.set(data.subarray(at * columns, (at + 1) * columns), i * columns)
  return rows
}

/** Copies of the rows at `indices`. */
export function takeRows({ data, columns }: NumberTable, indices: Uint32Array): NumberTable {
  return { data: takeFlat(data, columns, indices), rows: indices.length, columns }
}

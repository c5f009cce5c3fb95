import { invalid, mismatch } from '../check.js'
import { isNumberArray, Matrix, type NumberArray } from '../matrix.js'
import { Table } from '../table.js'

/** Rows, labels or numbers, one a row: what can be split. A flat typed array has one number a row. */
export type RowsLike = Matrix | Table | NumberArray | readonly unknown[]

/**
 * How many rows there are.
 * @throws ArgumentError for what has none.
 */
export function countRows(x: unknown, name: string): number {
  const rows = x instanceof Matrix || x instanceof Table ? x.rows : isNumberArray(x) || Array.isArray(x) ? x.length : 0
  if (rows > 0) return rows
  throw invalid(name, 'at least one row, in a Matrix, a Table or an array', x)
}

/** @throws ArgumentError where there is another number of rows. */
export function checkRowCount(x: unknown, name: string, rows: number): void {
  const own = countRows(x, name)
  if (own !== rows) throw mismatch(name, `${rows} rows, as x has`, `${own}`)
}

/** The rows that are named, copied, in the form that they came in. */
export function takeRows<X extends RowsLike>(x: X, indices: ArrayLike<number>): X {
  return take(x, indices) as X
}

function take(x: RowsLike, indices: ArrayLike<number>): RowsLike {
  if (x instanceof Table) return x.take(indices)
  if (x instanceof Matrix) {
    const { data, cols } = x
    const taken = new Float32Array(indices.length * cols)
    for (let i = 0; i < indices.length; i++) {
      const begin = indices[i]! * cols
      taken.set(data.subarray(begin, begin + cols), i * cols)
    }
    return new Matrix(taken, indices.length, cols)
  }
  if (isNumberArray(x)) {
    const taken = new (x.constructor as Float64ArrayConstructor)(indices.length)
    for (let i = 0; i < indices.length; i++) taken[i] = x[indices[i]!]!
    return taken
  }
  return Array.from(indices, (row) => x[row])
}

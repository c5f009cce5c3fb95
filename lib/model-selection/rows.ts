import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { isNumberArray, Matrix, type NumberArray } from '../base/matrix.js'
import { Table } from '../table/table.js'

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
  return runNow(takingRows(x, indices))
}

/** The same as work in small steps, but of a Table in one. */
export function* takingRows<X extends RowsLike>(x: X, indices: ArrayLike<number>): Work<X> {
  return (yield* taking(x, indices)) as X
}

function* taking(x: RowsLike, indices: ArrayLike<number>): Work<RowsLike> {
  if (x instanceof Table) return x.take(indices)
  const rows = indices.length
  if (x instanceof Matrix) {
    const { data, cols } = x
    const taken = new Float32Array(rows * cols)
    yield* rowBlocks(rows, cols, (begin, end) => {
      for (let i = begin; i < end; i++) copyRow(data, indices[i]! * cols, taken, i * cols, cols)
    })
    return new Matrix(taken, rows, cols)
  }
  const taken = isNumberArray(x) ? new (x.constructor as Float64ArrayConstructor)(rows) : new Array<unknown>(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) taken[i] = x[indices[i]!] as number
  })
  return taken
}

/** Up to so many numbers are copied one by one: five times as fast, for five, as by a view of them. */
const few = 16

function copyRow(from: Float32Array, begin: number, to: Float32Array, at: number, cols: number): void {
  if (cols > few) to.set(from.subarray(begin, begin + cols), at)
  else for (let j = 0; j < cols; j++) to[at + j] = from[begin + j]!
}

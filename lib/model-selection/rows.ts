import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { isNumberArray, Matrix, type NumberArray } from '../base/matrix.js'
import { permutationInSteps } from '../native/permutation.js'
import { Table } from '../table/table.js'

/** Rows, or labels or numbers of rows. A flat typed array has one number a row. */
export type RowsLike = Matrix | Table | NumberArray | readonly unknown[]

/**
 * The number of rows.
 * @throws ArgumentError where it is 0, or x is none of the types.
 */
export function countRows(x: unknown, name: string): number {
  const rows = x instanceof Matrix || x instanceof Table ? x.rows : isNumberArray(x) || Array.isArray(x) ? x.length : 0
  if (rows > 0) return rows
  throw invalid(name, 'at least one row, in a Matrix, a Table or an array', x)
}

/** @throws ArgumentError where the number of rows is not `rows`. */
export function checkRowCount(x: unknown, name: string, rows: number): void {
  const count = countRows(x, name)
  if (count !== rows) throw mismatch(name, `${rows} rows, as x has`, `${count}`)
}

/** Copies of the rows at `indices`, of the type of x. */
export function takeRows<X extends RowsLike>(x: X, indices: ArrayLike<number>): X {
  return runNow(takingRows(x, indices))
}

/** takeRows in small steps; a Table is one step. */
export function* takingRows<X extends RowsLike>(x: X, indices: ArrayLike<number>): Work<X> {
  return (yield* taking(x, indices)) as X
}

function* taking(x: RowsLike, indices: ArrayLike<number>): Work<RowsLike> {
  if (x instanceof Table) return x.take(indices)
  const rows = indices.length
  if (x instanceof Matrix) {
    const { data, cols } = x
    const copy = new Float32Array(rows * cols)
    yield* rowBlocks(rows, cols, (begin, end) => {
      for (let i = begin; i < end; i++) copyRow(data, indices[i]! * cols, copy, i * cols, cols)
    })
    return new Matrix(copy, rows, cols)
  }
  const copy = isNumberArray(x) ? new (x.constructor as Float64ArrayConstructor)(rows) : new Array<unknown>(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) copy[i] = x[indices[i]!] as number
  })
  return copy
}

/** Upper bound on numbers that a loop copies; for 5 it is five times as fast as a view and `set`. */
const few = 16

function copyRow(from: Float32Array, begin: number, to: Float32Array, at: number, cols: number): void {
  if (cols > few) to.set(from.subarray(begin, begin + cols), at)
  else for (let j = 0; j < cols; j++) to[at + j] = from[begin + j]!
}

/** Row numbers in random order. */
export function* shuffled(rows: Uint32Array, seed: number, stream: number): Work<Uint32Array> {
  const order = yield* permutationInSteps(rows.length, seed, stream)
  yield* rowBlocks(order.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) order[k] = rows[order[k]!]!
  })
  return order
}

/** Some of the row numbers, drawn at random; they stay in their order. */
export function* randomRows(rows: Uint32Array, count: number, seed: number, stream: number): Work<Uint32Array> {
  const order = yield* permutationInSteps(rows.length, seed, stream)
  const isDrawn = new Uint8Array(rows.length)
  yield* rowBlocks(count, 1, (begin, end) => {
    for (let k = begin; k < end; k++) isDrawn[order[k]!] = 1
  })
  const drawn = new Uint32Array(count)
  let at = 0
  yield* rowBlocks(rows.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) if (isDrawn[k] === 1) drawn[at++] = rows[k]!
  })
  return drawn
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { copyInSteps, Matrix, type NumberTable, numberTable } from '../base/matrix.js'

/** Up to this length a loop is faster than the conversion of a typed array. */
const shortRow = 1024

/**
 * Memory for single rows on their way through the steps of a model: a new array for each step of each row would take longer than
 * the arithmetic. The next step copies a row at once.
 */
export class RowBuffer {
  #data = new Float64Array(0)

  /** An array of zeros, which the next call overwrites. */
  zeros(length: number): Float64Array {
    if (this.#data.length === length) return this.#data.fill(0)
    this.#data = new Float64Array(length)
    return this.#data
  }
}

/** A table of float64 numbers between two steps: results are rounded to float32 once, after the last step. */
export class Doubles {
  readonly data: Float64Array
  readonly rows: number
  readonly cols: number
  /** Whether it is a single row, not a table of one row. */
  readonly isRow: boolean

  constructor(data: Float64Array, rows: number, cols: number, isRow = false) {
    this.data = data
    this.rows = rows
    this.cols = cols
    this.isRow = isRow
  }

  /** A Matrix, or a flat array of one row. */
  static from(result: Matrix | Float32Array): Doubles {
    const data = Float64Array.from(result instanceof Matrix ? result.data : result)
    if (result instanceof Matrix) return new Doubles(data, result.rows, result.cols)
    return new Doubles(data, 1, data.length, true)
  }

  /** @internal So estimators read it as any table. */
  get [numberTable](): NumberTable {
    return { data: this.data, rows: this.rows, columns: this.cols }
  }

  /** `toResult` in steps. */
  *toResultInSteps(): Work<Float32Array | Matrix> {
    return this.isRow ? this.#round() : yield* this.toMatrixInSteps()
  }

  /** `toMatrix` in steps. */
  *toMatrixInSteps(): Work<Matrix> {
    return new Matrix(yield* copyInSteps(this.data, new Float32Array(this.data.length)), this.rows, this.cols)
  }

  /** The same numbers as float32. */
  toMatrix(): Matrix {
    return new Matrix(this.#round(), this.rows, this.cols)
  }

  /** A row as an array, a table as a Matrix. */
  toResult(): Float32Array | Matrix {
    return this.isRow ? this.#round() : this.toMatrix()
  }

  #round(): Float32Array {
    const { data } = this
    if (data.length > shortRow) return new Float32Array(data)
    const rounded = new Float32Array(data.length)
    for (let k = 0; k < data.length; k++) rounded[k] = data[k]!
    return rounded
  }
}

/** Doubles as float32 rows, which public methods take; other rows as they are. */
export function toFloat32(rows: unknown): unknown {
  return rows instanceof Doubles ? rows.toResult() : rows
}

/** Doubles as rows of float64, for estimators that do not round them. */
export function* toFloat64Rows({ data, rows: count, cols, isRow }: Doubles): Work<Float64Array | Float64Array[]> {
  if (isRow) return data
  const rows = new Array<Float64Array>(count)
  yield* rowBlocks(count, costOfRow, (begin, end) => {
    for (let i = begin; i < end; i++) rows[i] = data.subarray(i * cols, (i + 1) * cols)
  })
  return rows
}

/** The time to make a view of a row, in copies of a number. */
const costOfRow = 32

/** An array that results are written to. */
export type Out = Float32Array | Float64Array

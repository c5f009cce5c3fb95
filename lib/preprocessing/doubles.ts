import { Matrix } from '../base/matrix.js'

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

  /** The same numbers as float32. */
  toMatrix(): Matrix {
    return new Matrix(new Float32Array(this.data), this.rows, this.cols)
  }

  /** A row as an array, a table as a Matrix. */
  toResult(): Float32Array | Matrix {
    return this.isRow ? new Float32Array(this.data) : this.toMatrix()
  }
}

/** Doubles as float32 rows, which public methods take; other rows as they are. */
export function toFloat32(rows: unknown): unknown {
  return rows instanceof Doubles ? rows.toResult() : rows
}

/** An array that results are written to. */
export type Out = Float32Array | Float64Array

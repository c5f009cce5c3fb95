import { Matrix } from '../base/matrix.js'

/** A table of float64 numbers on its way from one step to the next: what comes out at the end is rounded once. */
export class Doubles {
  readonly data: Float64Array
  readonly rows: number
  readonly cols: number
  /** Whether it stands for a single row, and not for a table of one. */
  readonly isRow: boolean

  constructor(data: Float64Array, rows: number, cols: number, isRow = false) {
    this.data = data
    this.rows = rows
    this.cols = cols
    this.isRow = isRow
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

/** Where results are written to. */
export type Out = Float32Array | Float64Array

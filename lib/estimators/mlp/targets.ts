import { invalid, mismatch } from '../../base/check.js'
import { isNumberArray, Matrix, type MatrixLike, toTable } from '../../base/matrix.js'
import type { Targets } from '../../network/targets.js'
import type { Outputs } from '../classes.js'
import { readNumbers } from '../regressor.js'

/** The labels of one row, where a row may have any number of them: 1 for each that it has, else 0. */
export type LabelRow = number[]

/** Whether y is a table: several numbers or labels a row. */
export function isTable(y: unknown): boolean {
  if (y instanceof Matrix) return y.cols > 1
  return Array.isArray(y) && (Array.isArray(y[0]) || isNumberArray(y[0]))
}

/**
 * Rows of 0 and 1.
 * @throws ArgumentError that names the row and column of something else.
 */
export function readLabelRows(y: unknown, name: string, rows: number, columns?: number): Targets {
  const table = toTable(y as MatrixLike, name, columns)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows}`)
  if (table.columns === 1) throw mismatch(name, 'one label a row, or rows of several', 'rows of one number')
  const wrong = table.data.findIndex((value) => value !== 0 && value !== 1)
  if (wrong !== -1) {
    const [row, column] = [Math.floor(wrong / table.columns), wrong % table.columns]
    throw invalid(`row ${row}, column ${column} of ${name}`, '0 or 1', table.data[wrong])
  }
  return { data: Float32Array.from(table.data), columns: table.columns }
}

/**
 * One number a row, or a table of several.
 * @throws ArgumentError that names the row with something else.
 */
export function readValues(y: unknown, name: string, rows: number): { data: Float64Array; columns: number } {
  if (!isTable(y)) return { data: readNumbers(y, name, rows), columns: 1 }
  const table = toTable(y as MatrixLike, name)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows}`)
  return { data: Float64Array.from(table.data), columns: table.columns }
}

/** A flat table as arrays. */
export function rowsOf({ data, columns }: Outputs | Targets): LabelRow[] {
  return Array.from({ length: data.length / columns }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns)),
  )
}

/** Rows of 0 and 1 from probabilities: 1 for those above one half. */
export function labelRowsFrom(outputs: Outputs): LabelRow[] {
  return rowsOf(outputs).map((row) => row.map((value) => Number(value > 0.5)))
}

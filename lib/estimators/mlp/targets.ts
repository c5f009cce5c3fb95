import { invalid, mismatch } from '../../base/check.js'
import { isNumberArray, Matrix, type MatrixLike, toTable } from '../../base/matrix.js'
import type { Targets } from '../../network/targets.js'
import type { Outputs } from '../classes.js'
import { readNumbers } from '../regressor.js'

/** The labels of a row that can have several: 1 for each label that it has, 0 for the others. */
export type LabelRow = number[]

/** Whether y has several numbers or labels a row. */
export function isTable(y: unknown): boolean {
  if (y instanceof Matrix) return y.cols > 1
  return Array.isArray(y) && (Array.isArray(y[0]) || isNumberArray(y[0]))
}

/**
 * Reads rows of 0 and 1.
 * @throws ArgumentError that names the row and column of any other value.
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
 * Reads one number a row, or a table of several.
 * @throws ArgumentError that names the row of any other value.
 */
export function readValues(y: unknown, name: string, rows: number): { data: Float64Array; columns: number } {
  if (!isTable(y)) return { data: readNumbers(y, name, rows), columns: 1 }
  const table = toTable(y as MatrixLike, name)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows}`)
  return { data: Float64Array.from(table.data), columns: table.columns }
}

/** The rows of a flat table. */
export function rowsOf({ data, columns }: Outputs | Targets): LabelRow[] {
  return Array.from({ length: data.length / columns }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns)),
  )
}

/** Rows of 0 and 1 from probabilities: 1 for those above one half. */
export function labelRowsFrom(outputs: Outputs): LabelRow[] {
  return rowsOf(outputs).map((row) => row.map((value) => Number(value > 0.5)))
}

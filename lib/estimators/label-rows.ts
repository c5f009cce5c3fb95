import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import {
  copyInSteps,
  isNumberArray,
  Matrix,
  type MatrixLike,
  type NumberArray,
  toTableInSteps,
} from '../base/matrix.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import type { labelType } from '../learning/relabelled.js'

/** The labels of a row that can have several: 1 for each label that it has, 0 for the others. */
export type LabelRow = number[]

/** The labels of rows: one a row, or rows of 0 and 1 with one number for each label. */
export type MLPLabels<C extends Label | LabelRow> = [C] extends [Label]
  ? LabelsLike<C>
  : Matrix | readonly (readonly number[] | NumberArray)[]

/** What fit of a classifier takes as y. */
export type LabelsTaken<M> = M extends { readonly [labelType]?: infer C extends Label | LabelRow }
  ? MLPLabels<C>
  : never

/** Whether y has several numbers or labels a row. */
export function isTable(y: unknown): boolean {
  if (y instanceof Matrix) return y.cols > 1
  return Array.isArray(y) && (Array.isArray(y[0]) || isNumberArray(y[0]))
}

/**
 * Reads rows of 0 and 1.
 * @throws ArgumentError that names the row and column of any other value.
 */
export function* readLabelRows(
  y: unknown,
  name: string,
  rows: number,
  columns?: number,
): Work<{ data: Float32Array; columns: number }> {
  const table = yield* toTableInSteps(y as MatrixLike, name, columns)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows}`)
  if (table.columns === 1) throw mismatch(name, 'one label a row, or rows of several', 'rows of one number')
  const { data } = table
  const wrong = yield* findInSteps(data.length, (k) => data[k] !== 0 && data[k] !== 1)
  if (wrong !== -1) {
    const [row, column] = [Math.floor(wrong / table.columns), wrong % table.columns]
    throw invalid(`row ${row}, column ${column} of ${name}`, '0 or 1', data[wrong])
  }
  return { data: yield* copyInSteps(data, new Float32Array(data.length)), columns: table.columns }
}

/** The rows of a flat table. */
export function* rowsOf(data: Int32Array | Float32Array, columns: number): Work<LabelRow[]> {
  const rows = new Array<LabelRow>(data.length / columns)
  yield* rowBlocks(rows.length, columns * costOfRow, (begin, end) => {
    for (let i = begin; i < end; i++) rows[i] = Array.from(data.subarray(i * columns, (i + 1) * columns))
  })
  return rows
}

/** The time to make a row, in copies of its numbers. */
const costOfRow = 16

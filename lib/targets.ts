import { describe, invalid, mismatch } from './check.js'
import type { LossSpec } from './compile-spec.js'
import { ArgumentError } from './errors.js'
import { isNumberArray, Matrix, type MatrixLike, type Table, toTable } from './matrix.js'

/** Targets: a table, or for one output (and for class numbers) one number a row. */
export type TargetsLike = MatrixLike | readonly number[]

/** Targets as the native data set takes them: values, `columns` a row, or class numbers, one a row. */
export interface Targets {
  data: Float32Array | Int32Array
  columns: number
}

/**
 * Checks targets against what the loss takes.
 * @param rows how many rows x has.
 * @throws ArgumentError for another number of rows or columns, or a value that is no target (with its row).
 */
export function readTargets(y: TargetsLike, name: string, loss: LossSpec, outputs: number, rows: number): Targets {
  const sparse = loss.name === 'sparseCategoricalCrossentropy'
  const columns = sparse ? 1 : outputs
  checkKind(y, name, loss, outputs, rows)
  const table = toTable(columns === 1 ? toNumbers(y, name) : (y as MatrixLike), name, columns)
  if (table.rows !== rows) {
    const hint = isNumberArray(y) && columns > 1 ? `A flat array is read as rows of ${columns} numbers.` : ''
    throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows} rows`, hint)
  }
  if (sparse) return { data: toClasses(table, name, outputs), columns }
  if (loss.name !== 'meanSquaredError') checkShares(table, name, loss)
  return { data: table.data instanceof Float32Array ? table.data : new Float32Array(table.data), columns }
}

/** The two losses over classes are easily taken for each other. */
function checkKind(y: TargetsLike, name: string, loss: LossSpec, outputs: number, rows: number): void {
  const width = widthOf(y, rows)
  if (loss.name === 'categoricalCrossentropy' && width === 1) {
    const hint = 'For class numbers use the loss sparseCategoricalCrossentropy.'
    throw mismatch(name, `rows of ${outputs} numbers`, 'single numbers', hint)
  }
  if (loss.name === 'sparseCategoricalCrossentropy' && width === outputs) {
    const hint = 'For one-hot rows use the loss categoricalCrossentropy.'
    throw mismatch(name, 'one class number a row', `rows of ${outputs} numbers`, hint)
  }
}

/** Numbers in each of `rows` rows, as far as a glance tells. */
function widthOf(y: TargetsLike, rows: number): number | undefined {
  if (y instanceof Matrix) return y.cols
  if (isNumberArray(y)) return y.length / rows
  if (!Array.isArray(y) || y.length === 0) return undefined
  return isRow(y[0]) ? y[0].length : 1
}

/** One number a row, where these are given without rows. */
function toNumbers(y: TargetsLike, name: string): MatrixLike {
  if (!Array.isArray(y) || y.length === 0 || isRow(y[0])) return y as MatrixLike
  const wrong = y.findIndex((value) => typeof value !== 'number')
  if (wrong >= 0) throw invalid(`row ${wrong} of ${name}`, 'a number', y[wrong])
  return Float64Array.from(y)
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isNumberArray(value)
}

function toClasses({ data }: Table, name: string, classes: number): Int32Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (Number.isInteger(value) && value >= 0 && value < classes) continue
    throw new ArgumentError(
      `Expected integers from 0 to ${classes - 1} (the model has ${classes} outputs) for ${name}, but row ${i} is ` +
        `${describe(value)}.`,
    )
  }
  return new Int32Array(data)
}

function checkShares({ data, columns }: Table, name: string, loss: LossSpec): void {
  for (let k = 0; k < data.length; k++) {
    const value = data[k]!
    if (value >= 0 && value <= 1) continue
    throw new ArgumentError(
      `Expected numbers from 0 to 1 for ${name}, as ${loss.name} takes them, but row ${Math.floor(k / columns)}, ` +
        `column ${k % columns} is ${describe(value)}.`,
    )
  }
}

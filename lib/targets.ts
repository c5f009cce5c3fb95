import { describe, invalid, mismatch } from './check.js'
import type { LossSpec } from './compile-spec.js'
import { ArgumentError } from './errors.js'
import { isNumberArray, type MatrixLike, type Table, toTable } from './matrix.js'

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
  const table = toTable(asRows(y, name, loss, columns), name, columns)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows} rows`)
  if (sparse) return { data: toClasses(table, name, outputs), columns }
  if (loss.name === 'binaryCrossentropy') checkShares(table, name)
  return { data: table.data instanceof Float32Array ? table.data : new Float32Array(table.data), columns }
}

function asRows(y: TargetsLike, name: string, loss: LossSpec, columns: number): MatrixLike {
  const flat = isNumberArray(y) || (Array.isArray(y) && y.length > 0 && !isRow(y[0]))
  if (!flat) return y as MatrixLike
  if (columns > 1 && loss.name === 'categoricalCrossentropy' && !isNumberArray(y)) {
    throw mismatch(
      name,
      `rows of ${columns} numbers`,
      'single numbers',
      'For class numbers use the loss sparseCategoricalCrossentropy.',
    )
  }
  if (columns > 1 || isNumberArray(y)) return y as MatrixLike
  const values = y as readonly unknown[]
  const wrong = values.findIndex((value) => typeof value !== 'number')
  if (wrong >= 0) throw invalid(`row ${wrong} of ${name}`, 'a number', values[wrong])
  return Float64Array.from(values as readonly number[])
}

function isRow(value: unknown): boolean {
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

function checkShares({ data, columns }: Table, name: string): void {
  for (let k = 0; k < data.length; k++) {
    const value = data[k]!
    if (value >= 0 && value <= 1) continue
    throw new ArgumentError(
      `Expected numbers from 0 to 1 for ${name}, as binaryCrossentropy takes them, but row ${Math.floor(k / columns)}, ` +
        `column ${k % columns} is ${describe(value)}.`,
    )
  }
}

import { rowBlocks, runNow, type Work } from './breathing.js'
import { checkInteger, describe, invalid, invalidEntry, mismatch, placeText } from './check.js'
import { ArgumentError } from './errors.js'

/** A typed array of numbers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array

/** The largest float32 number: the core computes in float32. */
export const maxFloat32 = 3.4028234663852886e38

/** A table of numbers, in any of the forms that perceptra takes. */
export type MatrixLike = Matrix | readonly (readonly number[] | NumberArray)[] | NumberArray

/** A table of numbers in the type that the caller passed. The native data set copies from it. */
export interface NumberTable {
  data: Float32Array | Float64Array | Uint8Array
  rows: number
  columns: number
}

/**
 * A dense table of float32 numbers, stored row by row.
 * @example
 * const table = Matrix.from(Float64Array.of(1, 2, 3, 4, 5, 6), 3)
 * table.at(1, 0) // 4
 * table.row(0)[2] = 9 // a row is a view
 * table.toArray() // [[1, 2, 9], [4, 5, 6]]
 */
export class Matrix {
  /** All numbers, row-major: entry (i, j) is `data[i * cols + j]`. */
  readonly data: Float32Array
  readonly rows: number
  readonly cols: number

  /**
   * Wraps `data` without a copy.
   * @throws ArgumentError when `data` does not hold rows x cols numbers.
   */
  constructor(data: Float32Array, rows: number, cols: number) {
    if (!(data instanceof Float32Array)) throw invalid('data', 'a Float32Array', data)
    if (!isCount(rows)) throw invalid('rows', 'an integer of at least 0', rows)
    if (!isCount(cols)) throw invalid('cols', 'an integer of at least 0', cols)
    if (data.length !== rows * cols) throw invalid('data', `${rows} x ${cols} = ${rows * cols} numbers`, data.length)
    this.data = data
    this.rows = rows
    this.cols = cols
  }

  /**
   * Copies a table into a new matrix. A flat array is one row unless `columns` says how long a row is.
   * @throws ArgumentError for anything but a table of finite numbers, or for another number of columns.
   */
  static from(values: MatrixLike, columns?: number): Matrix {
    if (columns !== undefined) checkInteger(columns, 'columns', { min: 1 })
    const table = toTable(values, 'values', columns ?? (isNumberArray(values) ? values.length || 1 : undefined))
    return new Matrix(new Float32Array(table.data), table.rows, table.columns)
  }

  /** Row `i` as a view: what is written to it changes the matrix. */
  row(i: number): Float32Array {
    if (!isCount(i) || i >= this.rows) throw invalid('row', `a row from 0 to ${this.rows - 1}`, i)
    return this.data.subarray(i * this.cols, (i + 1) * this.cols)
  }

  at(i: number, j: number): number {
    if (!isCount(j) || j >= this.cols) throw invalid('column', `a column from 0 to ${this.cols - 1}`, j)
    return this.row(i)[j]!
  }

  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)))
  }
}

/** The key under which tables of this package that are no Matrix, such as float64 rows between two steps, show their numbers. */
export const numberTable = Symbol('perceptra.numberTable')

/** What arrays of rows are read into. */
type Numbers = Float32ArrayConstructor | Float64ArrayConstructor

/**
 * Reads any table of numbers. Matrices and flat arrays of float32, float64 and bytes are not copied.
 * @param columns the number of columns it must have; 1 for a flat array if left out.
 * @param numbers the type that arrays of rows are read into.
 * @throws ArgumentError for ragged rows, a wrong width, an empty table, NaN or infinity (with row and column).
 */
export function toTable(values: MatrixLike, name: string, columns?: number, numbers?: Numbers): NumberTable {
  return runNow(toTableInSteps(values, name, columns, numbers))
}

export function* toTableInSteps(
  values: MatrixLike,
  name: string,
  columns?: number,
  numbers?: Numbers,
): Work<NumberTable> {
  const table = yield* toShapedTableInSteps(values, name, columns, numbers)
  yield* checkFiniteInSteps(table, name)
  return table
}

/** As toTable, but does not check the numbers: the native data set does so while it copies them. */
export function toShapedTable(values: MatrixLike, name: string, columns?: number, numbers?: Numbers): NumberTable {
  return runNow(toShapedTableInSteps(values, name, columns, numbers))
}

export function* toShapedTableInSteps(
  values: MatrixLike,
  name: string,
  columns?: number,
  numbers: Numbers = Float32Array,
): Work<NumberTable> {
  const table = yield* readTable(values, name, columns, numbers)
  if (table.rows === 0 || table.columns === 0) {
    throw new ArgumentError(`Expected at least one row and one column for ${name}, but it is empty.`)
  }
  if (columns !== undefined && table.columns !== columns) {
    throw mismatch(name, `rows of ${columns} numbers`, `rows of ${table.columns}`)
  }
  return table
}

/** @throws ArgumentError for a typed array that has lost its memory to another thread, as by postMessage. */
export function checkAttached({ buffer }: NumberArray, name: string): void {
  // Node 20 does not tell; there such an array is only empty.
  if (!(buffer as { detached?: boolean }).detached) return
  throw new ArgumentError(
    `Expected numbers for ${name}, but the typed array was transferred to another thread and is empty. Transfer a copy.`,
  )
}

function* readTable(
  values: MatrixLike,
  name: string,
  columns: number | undefined,
  numbers: Numbers,
): Work<NumberTable> {
  if (values instanceof Matrix) {
    checkAttached(values.data, name)
    return { data: values.data, rows: values.rows, columns: values.cols }
  }
  if (isNumberArray(values)) return yield* readFlat(values, name, columns ?? 1, numbers)
  if (numberTable in Object(values)) return (values as unknown as { [numberTable]: NumberTable })[numberTable]
  if (!Array.isArray(values)) {
    throw invalid(name, 'a Matrix, an array of rows or a flat typed array', values)
  }
  return yield* readRows(values as readonly ArrayLike<number>[], name, numbers)
}

function* readFlat(values: NumberArray, name: string, columns: number, numbers: Numbers): Work<NumberTable> {
  checkAttached(values, name)
  if (values.length === 0) return { data: new Float32Array(0), rows: 0, columns }
  if (values.length % columns !== 0) {
    throw mismatch(name, `a multiple of ${columns} numbers`, `${values.length} numbers`)
  }
  const rows = values.length / columns
  if (values instanceof Float32Array || values instanceof Float64Array || values instanceof Uint8Array) {
    return { data: values, rows, columns }
  }
  return { data: yield* copyInSteps(values, new numbers(values.length)), rows, columns }
}

function* readRows(values: readonly ArrayLike<number>[], name: string, numbers: Numbers): Work<NumberTable> {
  const { length } = values
  const columns = values[0]?.length ?? 0
  const data = new numbers(length * columns)
  yield* rowBlocks(length, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = values[i]
      if (!Array.isArray(row) && !isNumberArray(row)) {
        throw invalid(`row ${i} of ${name}`, 'an array of numbers', row, 'A table is an array of rows.')
      }
      if (row.length !== columns) {
        const [expected, actual] = [`${columns} numbers, as in row 0`, `${row.length} numbers`]
        throw mismatch(`row ${i} of ${name}`, expected, actual, '', { row: i })
      }
      for (let j = 0; j < columns; j++) {
        const value = row[j] as unknown
        if (typeof value !== 'number') throw invalidEntry(name, { row: i, column: j }, 'a number', value)
        data[i * columns + j] = value
      }
    }
  })
  return { data, rows: length, columns }
}

/** Copies all numbers of an array to another one of the same length, which it returns. */
export function* copyInSteps<T extends Float32Array | Float64Array | Int32Array>(
  from: ArrayLike<number>,
  to: T,
): Work<T> {
  yield* rowBlocks(to.length, 1, (begin, end) => {
    if (isNumberArray(from)) to.set(from.subarray(begin, end), begin)
    else for (let k = begin; k < end; k++) to[k] = from[k]!
  })
  return to
}

/**
 * @throws ArgumentError that names the first row and column where there is NaN, infinity or a number that float32
 * cannot hold.
 */
export function checkFinite(table: NumberTable, name: string): void {
  runNow(checkFiniteInSteps(table, name))
}

export function* checkFiniteInSteps({ data, columns }: NumberTable, name: string): Work<void> {
  if (data instanceof Uint8Array) return
  yield* rowBlocks(data.length, 1, (begin, end) => checkFiniteRange(data, columns, name, begin, end))
}

/** As checkFinite, for the numbers from `begin` up to, not including, `end`. */
export function checkFiniteRange(
  data: NumberTable['data'],
  columns: number,
  name: string,
  begin: number,
  end: number,
): void {
  for (let k = begin; k < end; k++) {
    if (Number.isFinite(Math.fround(data[k]!))) continue
    const place = { row: Math.floor(k / columns), column: k % columns }
    throw new ArgumentError(
      `Expected finite numbers (of at most 3.4e38, the limit of float32) for ${name}, but ${placeText(place)} is ` +
        `${describe(data[k])}. Replace or drop such values first.`,
      place,
    )
  }
}

/** Whether `value` is one row in an array, such as [1, 2], and not an array of rows. A typed array may be either. */
export function isFlatRow(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && (value[0] === null || typeof value[0] !== 'object')
}

export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !isBigIntArray(value)
}

function isBigIntArray(value: ArrayBufferView): boolean {
  return value instanceof BigInt64Array || value instanceof BigUint64Array
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

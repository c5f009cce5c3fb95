import { findInSteps, rowBlocks, runNow, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import {
  copyInSteps,
  isNumberArray,
  Matrix,
  type MatrixLike,
  type NumberArray,
  toTableInSteps,
} from '../base/matrix.js'
import { type R2Part, r2OfParts, r2PartOf } from '../metrics/determination.js'
import { isTable } from './label-rows.js'

/** One number a row. */
export type NumbersLike = readonly number[] | NumberArray | Matrix

/** True numbers of rows, row-major. */
export interface Values {
  data: Float64Array
  columns: number
}

/**
 * Reads one finite number a row.
 * @throws ArgumentError that names the first row with something else.
 */
export function readNumbers(y: unknown, name: string, rows: number): Float64Array<ArrayBuffer> {
  return runNow(readNumbersInSteps(y, name, rows))
}

export function* readNumbersInSteps(y: unknown, name: string, rows: number): Work<Float64Array<ArrayBuffer>> {
  const flat = y instanceof Matrix && y.cols === 1 ? y.data : y
  if (!Array.isArray(flat) && !isNumberArray(flat)) throw invalid(name, 'an array of numbers', y)
  if (flat.length !== rows) throw mismatch(name, `${rows} numbers`, `${flat.length}`)
  const numbers = new Float64Array(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const value = flat[i] as unknown
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw invalid(`row ${i} of ${name}`, 'a finite number', value)
      numbers[i] = value
    }
  })
  return numbers
}

/**
 * Reads one number a row, or a table of several.
 * @throws ArgumentError that names the row of any other value.
 */
export function* readValues(y: unknown, name: string, rows: number): Work<Values> {
  if (!isTable(y)) return { data: yield* readNumbersInSteps(y, name, rows), columns: 1 }
  const table = yield* toTableInSteps(y as MatrixLike, name)
  if (table.rows !== rows) throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows}`)
  return { data: yield* copyInSteps(table.data, new Float64Array(table.data.length)), columns: table.columns }
}

/**
 * R²; of several numbers a row, the mean of their R².
 * @throws ArgumentError for a prediction that is not finite.
 */
export function* scoreNumbers(
  truth: Values,
  predicted: Float64Array | Float32Array,
  weights: Float64Array | undefined,
): Work<number> {
  return scoreOfParts([yield* scorePartOf(truth, predicted, weights)])
}

/**
 * What the score needs of a part of the rows, column by column.
 * @throws as scoreNumbers does.
 */
export function* scorePartOf(
  { data, columns }: Values,
  predicted: Float64Array | Float32Array,
  weights: Float64Array | undefined,
): Work<R2Part[]> {
  const wrong = yield* findInSteps(predicted.length, (k) => !Number.isFinite(predicted[k]))
  if (wrong >= 0) {
    throw invalid(`the prediction for row ${Math.floor(wrong / columns)}`, 'a finite number', predicted[wrong])
  }
  const rows = data.length / columns
  const parts: R2Part[] = []
  for (let j = 0; j < columns; j++) {
    const column = {
      rows,
      truth: (row: number) => data[row * columns + j]!,
      predicted: (row: number) => predicted[row * columns + j]!,
    }
    parts.push(yield* r2PartOf(column, weights))
  }
  return parts
}

/** The score of the rows of all parts. */
export function scoreOfParts(parts: readonly (readonly R2Part[])[]): number {
  const [first] = parts as [readonly R2Part[]]
  return first.reduce((sum, _, j) => sum + r2OfParts(parts.map((part) => part[j]!)), 0) / first.length
}

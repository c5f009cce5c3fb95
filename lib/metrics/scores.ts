import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'

/** A table of numbers; float32 numbers stay float32, others become float64. */
export interface Scores {
  readonly data: Float32Array | Float64Array
  readonly rows: number
  readonly columns: number
}

/** A number for each row, or for each row and class. */
export type ScoresLike = readonly number[] | MatrixLike

/**
 * Reads numbers, one or several in a row. The length of a flat typed array decides how many are in a row.
 * @param rows the required number of rows; without it each number of a flat array is a row.
 * @throws ArgumentError that names the first row and column without a finite number.
 */
export function readScores(values: unknown, name: string, rows?: number): Scores {
  return runNow(readScoresInSteps(values, name, rows))
}

export function* readScoresInSteps(values: unknown, name: string, rows?: number): Work<Scores> {
  const scores = readShape(values, name, rows)
  if (scores.data.length === 0) throw new ArgumentError(`Expected at least one number for ${name}, but it is empty.`)
  if (rows !== undefined && scores.rows !== rows) {
    throw mismatch(name, `${rows} rows, as many as yTrue has`, `${scores.rows}`)
  }
  const { data, columns } = scores
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      if (!Number.isFinite(data[k]!)) throw invalid(placeName(name, k, columns), 'a finite number', data[k])
    }
  })
  return scores
}

/** `row 3 of yPred`, `row 3, column 1 of yPred`. */
export function placeName(name: string, k: number, columns: number): string {
  return columns === 1 ? `row ${k} of ${name}` : `row ${Math.floor(k / columns)}, column ${k % columns} of ${name}`
}

/** The numbers of one column, as float64. */
export function columnOf({ data, rows, columns }: Scores, column: number): Float64Array {
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = data[i * columns + column]!
  return values
}

function readShape(values: unknown, name: string, rows: number | undefined): Scores {
  if (values instanceof Matrix) return { data: values.data, rows: values.rows, columns: values.cols }
  if (isNumberArray(values)) {
    const several = rows !== undefined && values.length > rows && values.length % rows === 0
    const columns = several ? values.length / rows : 1
    return { data: floats(values), rows: values.length / columns, columns }
  }
  if (!Array.isArray(values)) throw invalid(name, 'numbers, a Matrix or an array of rows', values)
  const isTable = Array.isArray(values[0]) || isNumberArray(values[0])
  return isTable
    ? readRows(values as unknown[], name)
    : { data: readFlat(values, name), rows: values.length, columns: 1 }
}

function floats(values: ArrayLike<number>): Float32Array | Float64Array {
  return values instanceof Float32Array || values instanceof Float64Array ? values : Float64Array.from(values)
}

function readFlat(values: readonly unknown[], name: string): Float64Array {
  const data = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== 'number') throw invalid(`row ${i} of ${name}`, 'a finite number', value)
    data[i] = value
  }
  return data
}

function readRows(rows: readonly unknown[], name: string): Scores {
  const columns = (rows[0] as ArrayLike<number>).length
  const all32 = rows.every((row) => row instanceof Float32Array)
  const data = new (all32 ? Float32Array : Float64Array)(rows.length * columns)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    if (!Array.isArray(row) && !isNumberArray(row)) throw invalid(`row ${i} of ${name}`, 'an array of numbers', row)
    if (row.length !== columns) {
      throw mismatch(`row ${i} of ${name}`, `${columns} numbers, as in row 0`, `${row.length} numbers`)
    }
    for (let j = 0; j < columns; j++) {
      const value = row[j] as unknown
      if (typeof value !== 'number') throw invalid(`row ${i}, column ${j} of ${name}`, 'a finite number', value)
      data[i * columns + j] = value
    }
  }
  return { data, rows: rows.length, columns }
}

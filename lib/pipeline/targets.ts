import { findInSteps, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { copyInSteps, Matrix, type MatrixLike, type NumberArray, toTableInSteps } from '../base/matrix.js'
import { isTable } from '../estimators/label-rows.js'
import { type NumbersLike, readNumbersInSteps } from '../estimators/numbers.js'
import { Doubles, toFloat64Rows } from '../preprocessing/doubles.js'

/** The numbers of rows: one a row, or a table of several. */
export type RegressionTargets = NumbersLike | readonly (readonly number[] | NumberArray)[]

/**
 * Reads one finite number a row, or several.
 * @throws ArgumentError that names the row of anything else.
 */
export function* readRegressionTargets(y: unknown): Work<Doubles> {
  if (isTable(y)) {
    const { data, rows, columns } = yield* toTableInSteps(y as MatrixLike, 'y', undefined, Float64Array)
    return new Doubles(yield* toDoubles(data), rows, columns)
  }
  const rows = y instanceof Matrix ? y.rows : Number((Object(y) as { length?: unknown }).length)
  if (rows === 0) throw new ArgumentError('Expected at least one number for y, but it is empty.')
  return new Doubles(yield* readNumbersInSteps(y, 'y', rows), rows, 1)
}

/**
 * Transformed numbers as a regressor takes them.
 * @param y the numbers before.
 * @throws ArgumentError that names the row of a number that the transformer made NaN or infinite.
 */
export function* targetsFor(transformed: Doubles, y: Doubles): Work<unknown> {
  const { data, rows, cols } = transformed
  if (rows !== y.rows) throw mismatch('the result of transformer', `${y.rows} rows, as many as y has`, `${rows}`)
  const wrong = yield* findInSteps(data.length, (k) => !Number.isFinite(data[k]))
  if (wrong !== -1) {
    const row = Math.floor(wrong / cols)
    const before = y.data.subarray(row * y.cols, (row + 1) * y.cols).join(', ')
    const text = `row ${row} of y, ${before}, becomes ${data[wrong]}`
    throw new ArgumentError(`Expected finite numbers after transformer, but ${text}. Use another transformer.`, { row })
  }
  return cols === 1 ? data : yield* toFloat64Rows(transformed)
}

/**
 * The predictions of a regressor, as numbers.
 * @param outputs how many numbers a row has.
 */
export function* readPredictions(result: unknown, outputs: number): Work<Doubles> {
  if (result instanceof Matrix) return new Doubles(yield* toDoubles(result.data), result.rows, result.cols)
  if (typeof result === 'number') return new Doubles(Float64Array.of(result), 1, 1, true)
  if (isTable(result)) {
    const { data, rows, columns } = yield* toTableInSteps(
      result as MatrixLike,
      'the predictions',
      outputs,
      Float64Array,
    )
    return new Doubles(yield* toDoubles(data), rows, columns)
  }
  const data = yield* toDoubles(result as ArrayLike<number>)
  return outputs === 1 ? new Doubles(data, data.length, 1) : new Doubles(data, 1, outputs, true)
}

function toDoubles(numbers: ArrayLike<number>): Work<Float64Array<ArrayBuffer>> {
  return copyInSteps(numbers, new Float64Array(numbers.length))
}

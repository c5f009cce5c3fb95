import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isFlatRow, isNumberArray, type Matrix, type NumberArray, toTable } from '../base/matrix.js'
import { argMax as largest } from '../math/arg-max.js'

/**
 * The index of the largest number, the first of equal ones: the class of a row of probabilities. As NumPy's
 * `argmax(axis=-1)` and TensorFlow.js's `argMax(-1)`.
 * @param values one row as an array, or a table.
 * @returns an index for one row; an Int32Array of them, one a row, for a table.
 * @throws ArgumentError for something else than finite numbers, or for an empty row.
 * @example
 * const { test } = datasets.digits()
 * const classes = utils.argMax(await model.predict(test.x)) // Int32Array
 * const digit = utils.argMax(model.predictSync(test.x.row(0)))
 */
export function argMax(values: readonly number[] | NumberArray): number
export function argMax(values: Matrix | readonly (readonly number[] | NumberArray)[]): Int32Array
export function argMax(
  values: readonly number[] | NumberArray | Matrix | readonly (readonly number[] | NumberArray)[],
): number | Int32Array {
  if (Array.isArray(values) && values.length === 0)
    throw new ArgumentError('Expected at least one number, but got none.')
  if (isNumberArray(values) || isFlatRow(values)) {
    const row = values as readonly number[] | NumberArray
    if (row.length === 0) throw new ArgumentError('Expected at least one number, but got none.')
    const wrong = row.findIndex((value: number) => !Number.isFinite(value))
    if (wrong >= 0) throw invalid(`column ${wrong} of values`, 'a finite number', row[wrong])
    return largest(row)
  }
  const { data, rows, columns } = toTable(values as Matrix, 'values')
  return Int32Array.from({ length: rows }, (_, row) => largest(data.subarray(row * columns, (row + 1) * columns)))
}

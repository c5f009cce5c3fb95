import { checkInteger, invalid, mismatch } from '../base/check.js'
import { isNumberArray, Matrix, type NumberArray } from '../base/matrix.js'

/** Upper bound on classes; more is assumed to be a mistake. */
const maxClasses = 2 ** 24

/**
 * One-hot rows of class numbers, the targets of categoricalCrossentropy: 1 in the column of the class, 0 in the others. As
 * Keras's to_categorical and TensorFlow.js's oneHot. `sparseCategoricalCrossentropy` takes class numbers as they are.
 * @param y one class number a row, counted from 0; a Matrix of one column too.
 * @param numClasses the number of columns; the largest class number and 1 more if left out.
 * @returns (rows, classes).
 * @throws ArgumentError that names the row of what is not a class number.
 * @example
 * utils.toCategorical([2, 0]).toArray() // [[0, 0, 1], [1, 0, 0]]
 */
export function toCategorical(y: readonly number[] | NumberArray | Matrix, numClasses?: number): Matrix {
  const numbers: ArrayLike<unknown> = y instanceof Matrix ? y.data : y
  if (y instanceof Matrix && y.cols !== 1) throw mismatch('y', 'one class number a row', `rows of ${y.cols} numbers`)
  if (!Array.isArray(numbers) && !isNumberArray(numbers)) throw invalid('y', 'an array of class numbers', y)
  if (numClasses !== undefined) checkInteger(numClasses, 'numClasses', { min: 1, max: maxClasses })
  const most = numClasses ?? maxClasses
  let classes = numClasses ?? 0
  for (let row = 0; row < numbers.length; row++) {
    const number = numbers[row]
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) >= most) {
      throw invalid(`row ${row} of y`, `an integer from 0 to ${most - 1}`, number)
    }
    classes = Math.max(classes, (number as number) + 1)
  }
  const data = new Float32Array(numbers.length * classes)
  for (let row = 0; row < numbers.length; row++) data[row * classes + (numbers[row] as number)] = 1
  return new Matrix(data, numbers.length, classes)
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import type { Outputs } from './classes.js'

/**
 * Probabilities, a column a class, from those that a network puts out: one a class, or for two classes that of the second
 * alone.
 */
export function* probabilitiesFrom({ data, columns }: Outputs): Work<Matrix> {
  if (columns > 1) return new Matrix(data as Float32Array, data.length / columns, columns)
  const both = new Float32Array(2 * data.length)
  yield* rowBlocks(data.length, 2, (begin, end) => {
    for (let i = begin; i < end; i++) {
      both[2 * i] = 1 - data[i]!
      both[2 * i + 1] = data[i]!
    }
  })
  return new Matrix(both, data.length, 2)
}

/** The natural logarithms; -Infinity for 0. */
export function* logarithmsOf({ data, rows, cols }: Matrix): Work<Matrix> {
  const logarithms = new Float32Array(data.length)
  yield* rowBlocks(rows, cols, (begin, end) => {
    for (let k = begin * cols; k < end * cols; k++) logarithms[k] = Math.log(data[k]!)
  })
  return new Matrix(logarithms, rows, cols)
}

import { Matrix } from '../base/matrix.js'
import type { Outputs } from './classes.js'

/**
 * Probabilities, a column a class, from those that a network puts out: one a class, or for two classes that of the second
 * alone.
 */
export function probabilitiesFrom({ data, columns }: Outputs): Matrix {
  if (columns > 1) return new Matrix(data as Float32Array, data.length / columns, columns)
  const both = new Float32Array(2 * data.length)
  for (let i = 0; i < data.length; i++) {
    both[2 * i] = 1 - data[i]!
    both[2 * i + 1] = data[i]!
  }
  return new Matrix(both, data.length, 2)
}

/** The natural logarithms; -Infinity for 0. */
export function logarithmsOf({ data, rows, cols }: Matrix): Matrix {
  return new Matrix(data.map(Math.log), rows, cols)
}

import { checkNumber, invalid, mismatch } from './check.js'
import { ArgumentError } from './errors.js'
import { isNumberArray, maxFloat32, type NumberArray } from './matrix.js'

/** How much each row counts: one number a row, not below 0. */
export type SampleWeight = readonly number[] | NumberArray

/** @throws ArgumentError for another number of weights, one below 0 or not finite, or none above 0. */
export function checkSampleWeight(given: unknown, rows: number, name: string): Float64Array<ArrayBuffer> {
  const weights = checkWeights(given, rows, name)
  checkAnyAbove(weights, name)
  return weights
}

/** @throws ArgumentError for another number of weights, or one below 0 or not finite; all may be 0. */
export function checkWeights(given: unknown, rows: number, name: string): Float64Array<ArrayBuffer> {
  if (!Array.isArray(given) && !isNumberArray(given)) throw invalid(name, 'one number for each row of x', given)
  if (given.length !== rows) throw mismatch(name, `${rows} numbers, as many as x has rows`, `${given.length} numbers`)
  return Float64Array.from(given as ArrayLike<number>, (weight, row) =>
    checkNumber(weight, `row ${row} of ${name}`, { min: 0, max: maxFloat32 }),
  )
}

/** @throws ArgumentError where no weight is above 0. */
export function checkAnyAbove(weights: Iterable<number>, name: string): void {
  for (const weight of weights) if (weight > 0) return
  throw new ArgumentError(`Expected a number above 0 in ${name}, but all are 0: there is nothing to learn from.`)
}

/** Sample weights as the core takes them with networks. */
export function readSampleWeight(given: SampleWeight, rows: number, name: string): Float32Array {
  const weights = new Float32Array(checkSampleWeight(given, rows, name))
  checkAnyAbove(weights, name) // the smallest are 0 there
  return weights
}

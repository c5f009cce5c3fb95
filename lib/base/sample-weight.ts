import { checkNumber, invalid, mismatch, type Range } from './check.js'
import { ArgumentError } from './errors.js'
import { isNumberArray, maxFloat32, type NumberArray } from './matrix.js'

/** How much each row counts: one number a row, not below 0. */
export type SampleWeight = readonly number[] | NumberArray

/** Weights that the core takes in float32. */
export const floatRange: Range = { min: 0, max: maxFloat32 }

const doubleRange: Range = { min: 0 }

/**
 * The option `sampleWeight` as float64, or undefined where it is left out (undefined or null).
 * @param range any finite number of at least 0 by default; `floatRange` for training.
 * @throws ArgumentError as checkSampleWeight does.
 */
export function readSampleWeight(
  value: unknown,
  rows: number,
  range = doubleRange,
): Float64Array<ArrayBuffer> | undefined {
  return value === undefined || value === null ? undefined : checkSampleWeight(value, rows, 'sampleWeight', range)
}

/** @throws ArgumentError for another number of weights, one that is out of range, or none above 0. */
export function checkSampleWeight(
  value: unknown,
  rows: number,
  name: string,
  range = floatRange,
): Float64Array<ArrayBuffer> {
  const weights = checkWeights(value, rows, name, range)
  checkAnyAbove(weights, name)
  return weights
}

/** @throws ArgumentError for another number of weights, or one that is out of range; all may be 0. */
export function checkWeights(
  value: unknown,
  rows: number,
  name: string,
  range = floatRange,
): Float64Array<ArrayBuffer> {
  if (!Array.isArray(value) && !isNumberArray(value)) throw invalid(name, 'one number for each row', value)
  if (value.length !== rows) throw mismatch(name, `${rows} numbers, as many as there are rows`, `${value.length}`)
  const max = range.max ?? Number.MAX_VALUE
  const weights = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const weight = (value as ArrayLike<unknown>)[row]
    // checkNumber needs a name for each row, which takes longer to make than the comparison.
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= max)) {
      checkNumber(weight, `row ${row} of ${name}`, range)
    }
    weights[row] = weight as number
  }
  return weights
}

/** @throws ArgumentError where no weight is above 0. */
export function checkAnyAbove(weights: ArrayLike<number>, name: string): void {
  for (let row = 0; row < weights.length; row++) if (weights[row]! > 0) return
  throw new ArgumentError(`Expected a number above 0 in ${name}, but all are 0. At least one row must count.`)
}

/** Sample weights in float32, as networks take them. */
export function toFloatWeights(value: unknown, rows: number, name: string): Float32Array {
  const weights = new Float32Array(checkSampleWeight(value, rows, name))
  checkAnyAbove(weights, name) // the smallest float64 numbers become 0
  return weights
}

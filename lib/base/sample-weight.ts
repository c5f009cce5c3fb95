import { findInSteps, rowBlocks, runNow, type Work } from './breathing.js'
import { checkNumber, invalid, mismatch, type Range } from './check.js'
import { ArgumentError } from './errors.js'
import { copyInSteps, isNumberArray, maxFloat32, type NumberArray } from './matrix.js'

/** How much each row counts: one number a row, not below 0. */
export type SampleWeight = readonly number[] | NumberArray

/** Weights that the core takes in float32. */
export const floatRange: Range = { min: 0, max: maxFloat32 }

const doubleRange: Range = { min: 0 }

type Weights = Float64Array<ArrayBuffer>

/**
 * The option `sampleWeight` as float64, or undefined where it is left out (undefined or null).
 * @param range any finite number of at least 0 by default; `floatRange` for training.
 * @throws ArgumentError as checkSampleWeight does.
 */
export function readSampleWeight(value: unknown, rows: number, range = doubleRange): Weights | undefined {
  return runNow(readSampleWeightInSteps(value, rows, range))
}

export function* readSampleWeightInSteps(value: unknown, rows: number, range = doubleRange): Work<Weights | undefined> {
  if (value === undefined || value === null) return undefined
  return yield* checkSampleWeightInSteps(value, rows, 'sampleWeight', range)
}

/** @throws ArgumentError for another number of weights, one that is out of range, or none above 0. */
export function checkSampleWeight(value: unknown, rows: number, name: string, range = floatRange): Weights {
  return runNow(checkSampleWeightInSteps(value, rows, name, range))
}

function* checkSampleWeightInSteps(value: unknown, rows: number, name: string, range: Range): Work<Weights> {
  const weights = yield* checkWeights(value, rows, name, range)
  yield* checkAnyAbove(weights, name)
  return weights
}

/** @throws ArgumentError for another number of weights, or one that is out of range; all may be 0. */
export function* checkWeights(value: unknown, rows: number, name: string, range = floatRange): Work<Weights> {
  if (!Array.isArray(value) && !isNumberArray(value)) throw invalid(name, 'one number for each row', value)
  if (value.length !== rows) throw mismatch(name, `${rows} numbers, as many as there are rows`, `${value.length}`)
  const max = range.max ?? Number.MAX_VALUE
  const weights = new Float64Array(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const weight = (value as ArrayLike<unknown>)[row]
      // checkNumber needs a name for each row, which takes longer to make than the comparison.
      if (typeof weight !== 'number' || !(weight >= 0 && weight <= max)) {
        checkNumber(weight, `row ${row} of ${name}`, range)
      }
      weights[row] = weight as number
    }
  })
  return weights
}

/** @throws ArgumentError where no weight is above 0. */
export function* checkAnyAbove(weights: Float32Array | Float64Array, name: string): Work<void> {
  if ((yield* findInSteps(weights.length, (row) => weights[row]! > 0)) >= 0) return
  throw new ArgumentError(`Expected a number above 0 in ${name}, but all are 0. At least one row must count.`)
}

/** Sample weights in float32, as networks take them. */
export function* toFloatWeights(value: unknown, rows: number, name: string): Work<Float32Array> {
  const weights = yield* copyInSteps(
    yield* checkSampleWeightInSteps(value, rows, name, floatRange),
    new Float32Array(rows),
  )
  yield* checkAnyAbove(weights, name) // the smallest float64 numbers become 0
  return weights
}

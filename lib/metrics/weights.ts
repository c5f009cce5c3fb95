import { checkNumber, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'

/** Options of every metric. */
export interface MetricOptions {
  /** The weight of each row: a number of at least 0, not all 0; 1 by default. */
  sampleWeight?: SampleWeight | undefined
}

/** Options of metrics that count rows. */
export interface ShareOptions extends MetricOptions {
  /** Whether to divide by the sum of weights (the number of rows); true by default. */
  normalize?: boolean | undefined
}

/**
 * The weights as float64, or undefined where each is 1.
 * @throws ArgumentError for another number of weights, one below 0 or not finite, or none above 0.
 */
export function readRowWeights(value: unknown, rows: number): Float64Array | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) && !isNumberArray(value)) throw invalid('sampleWeight', 'one number for each row', value)
  if (value.length !== rows)
    throw mismatch('sampleWeight', `${rows} numbers, as many as there are rows`, `${value.length}`)
  const weights = new Float64Array(rows)
  let any = false
  for (let i = 0; i < rows; i++) {
    const weight = (value as ArrayLike<unknown>)[i]
    if (typeof weight !== 'number' || !(weight >= 0 && weight < Infinity)) {
      checkNumber(weight, `row ${i} of sampleWeight`, { min: 0 })
    }
    weights[i] = weight as number
    any ||= weights[i]! > 0
  }
  if (any) return weights
  throw new ArgumentError('Expected a number above 0 in sampleWeight, but all are 0: there is nothing to average.')
}

/** The sum of weights; without weights the number of rows. */
export function totalOf(weights: Float64Array | undefined, rows: number): number {
  if (!weights) return rows
  let sum = 0
  for (let i = 0; i < rows; i++) sum += weights[i]!
  return sum
}

/** The weighted mean of `value` over rows; with `normalize` false the weighted sum. */
export function averageOf(
  rows: number,
  weights: Float64Array | undefined,
  value: (row: number) => number,
  normalize = true,
): number {
  let sum = 0
  for (let i = 0; i < rows; i++) sum += (weights ? weights[i]! : 1) * value(i)
  return normalize ? sum / totalOf(weights, rows) : sum
}

/** The mean, weighted if there are weights; NaN without values. */
export function meanOf(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let [sum, total] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    const weight = weights ? weights[k]! : 1
    sum += weight * values[k]!
    total += weight
  }
  return sum / total
}

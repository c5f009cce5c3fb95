import type { SampleWeight } from '../base/sample-weight.js'

/** What every metric takes. */
export interface MetricOptions {
  /** How much each row counts: one number of at least 0 a row, not all of them 0; 1 each when missing. */
  sampleWeight?: SampleWeight | undefined
}

/** What metrics that count rows take. */
export interface ShareOptions extends MetricOptions {
  /** Whether to divide by the sum of the weights (the number of rows); true by default. */
  normalize?: boolean | undefined
}

/** The sum of the weights: the rows, where each is 1. */
export function totalOf(weights: Float64Array | undefined, rows: number): number {
  if (!weights) return rows
  let sum = 0
  for (let i = 0; i < rows; i++) sum += weights[i]!
  return sum
}

/** The mean of what `value` gives for each row, by weight; the sum where it is not to be divided. */
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

/** A plain mean, or one by weights; NaN of nothing. */
export function meanOf(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let [sum, all] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    const weight = weights ? weights[k]! : 1
    sum += weight * values[k]!
    all += weight
  }
  return sum / all
}

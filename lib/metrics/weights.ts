import { rowBlocks, runNow, type Work } from '../base/breathing.js'
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
  return runNow(averageInSteps(rows, weights, value, normalize))
}

export function* averageInSteps(
  rows: number,
  weights: Float64Array | undefined,
  value: (row: number) => number,
  normalize = true,
): Work<number> {
  let [sum, total] = [0, 0]
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const weight = weights ? weights[i]! : 1
      sum += weight * value(i)
      total += weight
    }
  })
  return normalize ? sum / total : sum
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

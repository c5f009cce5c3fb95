import { ArgumentError } from '../base/errors.js'
import { descendingOrder } from '../math/sort.js'
import type { Scores } from './scores.js'
import { columnOf } from './scores.js'

/** Counts at each distinct score, descending: rows of at least that score count as positive. */
export interface Thresholds {
  readonly scores: Float64Array
  /** The weight of positive and of negative rows among them. */
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
}

/** Counts in one pass over the sorted scores, without rows of weight 0. */
export function countAtThresholds(
  isPositive: Uint8Array,
  scores: Float64Array,
  weights: Float64Array | undefined,
): Thresholds {
  const order = descendingOrder(scores)
  const out = {
    scores: new Float64Array(order.length),
    true: new Float64Array(order.length),
    false: new Float64Array(order.length),
  }
  let [count, positive, negative] = [0, 0, 0]
  for (let k = 0; k < order.length; k++) {
    const row = order[k]!
    const weight = weights ? weights[row]! : 1
    if (weight === 0) continue
    // Tied rows share a threshold.
    if (count === 0 || out.scores[count - 1] !== scores[row]) out.scores[count++] = scores[row]!
    if (isPositive[row]) positive += weight
    else negative += weight
    out.true[count - 1] = positive
    out.false[count - 1] = negative
  }
  return {
    scores: out.scores.subarray(0, count),
    truePositives: out.true.subarray(0, count),
    falsePositives: out.false.subarray(0, count),
  }
}

/** The scores of the positive label: the only column, or its column of two. */
export function positiveScores(scores: Scores, column: 0 | 1): Float64Array {
  if (scores.columns === 1) return columnOf(scores, 0)
  if (scores.columns === 2) return columnOf(scores, column)
  throw new ArgumentError(`Expected one or two columns in yScore for two labels, but got ${scores.columns}.`)
}

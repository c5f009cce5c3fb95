import { Breather } from '../base/breathing.js'
import { checkNumber } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { lowerBound } from '../math/search.js'

/** Scores of predictions by threshold. */
export interface ThresholdCurve {
  /** Ascending. */
  readonly thresholds: Float64Array
  readonly scores: Float64Array
}

/** Evenly spaced numbers from `min` to `max`, both included: numpy.linspace. */
export function evenlySpaced(min: number, max: number, count: number): Float64Array {
  const step = (max - min) / (count - 1)
  return Float64Array.from({ length: count }, (_, k) => (k === count - 1 ? max : min + k * step))
}

/** The smallest and the largest of numbers. */
export function rangeOf(numbers: ArrayLike<number>): [number, number] {
  let [min, max] = [Infinity, -Infinity]
  for (let i = 0; i < numbers.length; i++) {
    min = Math.min(min, numbers[i]!)
    max = Math.max(max, numbers[i]!)
  }
  return [min, max]
}

/**
 * Scores predictions at each threshold: rows of at least the threshold get the label `positive`, others `negative`. The event
 * loop gets turns between thresholds.
 * @param score the metric of predicted labels.
 * @throws ArgumentError for a score that is no finite number.
 */
export async function scoreThresholds<C>(
  values: Float64Array,
  [negative, positive]: readonly [C, C],
  thresholds: Float64Array,
  score: (predicted: C[]) => number,
  signal: AbortSignal | undefined,
): Promise<ThresholdCurve> {
  const predicted = new Array<C>(values.length)
  const breather = new Breather()
  const scores = new Float64Array(thresholds.length)
  for (const [k, threshold] of thresholds.entries()) {
    for (let i = 0; i < predicted.length; i++) predicted[i] = values[i]! >= threshold ? positive : negative
    scores[k] = checkNumber(score(predicted), 'the value of scoring')
    if (!breather.isDue) continue
    await breather.turn()
    signal?.throwIfAborted()
  }
  return { thresholds, scores }
}

/**
 * The mean of curves at given thresholds: linear between the thresholds of each curve, constant beyond them (numpy.interp).
 * @throws ArgumentError if the scores of a split are all equal, so that no threshold is better than another.
 */
export function meanCurve(curves: readonly ThresholdCurve[], thresholds: Float64Array): ThresholdCurve {
  const scores = thresholds.map((threshold) => {
    let sum = 0
    for (const curve of curves) sum += valueAt(curve, threshold)
    return sum / curves.length
  })
  return { thresholds, scores }
}

function valueAt({ thresholds: x, scores: y }: ThresholdCurve, threshold: number): number {
  const last = x.length - 1
  if (threshold <= x[0]!) return y[0]!
  if (threshold >= x[last]!) return y[last]!
  const high = lowerBound(x, threshold)
  if (x[high] === threshold) return y[high]!
  const low = high - 1
  return ((y[high]! - y[low]!) / (x[high]! - x[low]!)) * (threshold - x[low]!) + y[low]!
}

/** @throws ArgumentError for predictions that are all the same, as scikit-learn does. */
export function checkVaries(curves: readonly ThresholdCurve[]): void {
  for (const { thresholds } of curves) {
    const [first, last] = [thresholds[0]!, thresholds.at(-1)!]
    if (Math.abs(first - last) > 1e-8 + 1e-5 * Math.abs(last)) continue
    throw new ArgumentError(
      `Expected predictions that differ, but the classifier predicts ${first} for all rows of a split: no threshold is best.`,
    )
  }
}

/** The first of the highest scores. */
export function bestOf({ thresholds, scores }: ThresholdCurve): { threshold: number; score: number } {
  let best = 0
  for (let k = 1; k < scores.length; k++) if (scores[k]! > scores[best]!) best = k
  return { threshold: thresholds[best]!, score: scores[best]! }
}

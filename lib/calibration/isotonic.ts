import { upperBound } from '../math/search.js'
import { ascendingOrder } from '../math/sort.js'

/** A non-decreasing, piecewise linear function. */
export interface RisingCurve {
  readonly x: Float64Array
  readonly y: Float64Array
}

// Values of x that are closer than this count as equal, as in scikit-learn.
const resolution = 1e-15

/**
 * The non-decreasing step function with the least weighted squared distance from the points. Pools adjacent violators
 * into their mean (Ayer, Brunk, Ewing, Reid and Silverman 1955, An empirical distribution function for sampling with
 * incomplete information). Points of equal x are merged; inner points of steps are omitted.
 */
export function fitIsotonic(x: Float64Array, y: Float64Array, weights: Float64Array | undefined): RisingCurve {
  const points = mergeTies(x, y, weights)
  const count = poolViolators(points)
  // All points of a pool have its mean.
  const levels = new Float64Array(points.x.length)
  for (let pool = 0, k = 0; pool < count; pool++) {
    for (; k < points.ends[pool]!; k++) levels[k] = points.y[pool]!
  }
  const last = levels.length - 1
  const isKept = (k: number) => k === 0 || k === last || levels[k] !== levels[k - 1] || levels[k] !== levels[k + 1]
  return { x: points.x.filter((_, k) => isKept(k)), y: levels.filter((_, k) => isKept(k)) }
}

/** The value of the curve at `value`; constant beyond its ends. */
export function heightAt({ x, y }: RisingCurve, value: number): number {
  const last = x.length - 1
  if (value <= x[0]!) return y[0]!
  if (value >= x[last]!) return y[last]!
  const high = upperBound(x, value)
  const low = high - 1
  return y[low]! + ((y[high]! - y[low]!) / (x[high]! - x[low]!)) * (value - x[low]!)
}

interface Points {
  readonly x: Float64Array
  /** Means and weights: of points, and after pooling of pools. */
  readonly y: Float64Array
  readonly weights: Float64Array
  /** The end index (exclusive) of each pool. */
  readonly ends: Uint32Array
}

/** Sorts by x and merges points of equal x; omits rows of weight 0. */
function mergeTies(x: Float64Array, y: Float64Array, weights: Float64Array | undefined): Points {
  const points = { x: new Float64Array(x.length), y: new Float64Array(x.length), weights: new Float64Array(x.length) }
  let count = 0
  for (const row of ascendingOrder(x)) {
    const weight = weights ? weights[row]! : 1
    if (weight === 0) continue
    if (count === 0 || x[row]! - points.x[count - 1]! >= resolution) points.x[count++] = x[row]!
    points.y[count - 1]! += weight * y[row]!
    points.weights[count - 1]! += weight
  }
  for (let k = 0; k < count; k++) points.y[k]! /= points.weights[k]!
  const filled = (values: Float64Array) => values.slice(0, count)
  return { x: filled(points.x), y: filled(points.y), weights: filled(points.weights), ends: new Uint32Array(count) }
}

/** Merges each point with the pools before it that are not below it, in place. Returns the number of pools. */
function poolViolators({ x, y, weights, ends }: Points): number {
  let pools = 0
  for (let k = 0; k < x.length; k++) {
    let [mean, weight] = [y[k]!, weights[k]!]
    while (pools > 0 && y[pools - 1]! >= mean) {
      pools--
      mean = (weights[pools]! * y[pools]! + weight * mean) / (weights[pools]! + weight)
      weight += weights[pools]!
    }
    y[pools] = mean
    weights[pools] = weight
    ends[pools++] = k + 1
  }
  return pools
}

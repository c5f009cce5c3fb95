import { rowBlocks, type Work } from '../base/breathing.js'

// The bounds of the logarithm of the factor, as in scikit-learn.
const bound = 10

/**
 * The factor b, from e^-10 to e^10, that minimizes the log loss of b times the logits. The loss is convex in b, with
 * the slope mean of (sum_k p_k z_k - z_y). Newton's method in log b finds its zero, with bisection where a step leaves
 * the bracket.
 * @param logits (rows, count).
 */
export function* bestScale(
  logits: Float64Array,
  truth: Int32Array,
  weights: Float64Array | undefined,
  count: number,
): Work<number> {
  // If all logits of each row are equal, no factor is better than another.
  if ((yield* slopeAt(1, logits, truth, weights, count)).slope === 0) return 1
  let [low, high] = [-bound, bound]
  if ((yield* slopeAt(Math.exp(low), logits, truth, weights, count)).slope >= 0) return Math.exp(low)
  if ((yield* slopeAt(Math.exp(high), logits, truth, weights, count)).slope <= 0) return Math.exp(high)
  let logScale = 0
  for (let step = 0; step < 200 && high - low > 1e-14; step++) {
    const scale = Math.exp(logScale)
    const { slope, curvature } = yield* slopeAt(scale, logits, truth, weights, count)
    if (slope === 0) break
    if (slope > 0) high = logScale
    else low = logScale
    const next = logScale - slope / (curvature * scale)
    const previous = logScale
    logScale = next > low && next < high ? next : (low + high) / 2
    if (Math.abs(logScale - previous) < 1e-14) break
  }
  return Math.exp(logScale)
}

/** The first and second derivative of the weighted sum of losses by the factor. */
function* slopeAt(
  scale: number,
  logits: Float64Array,
  truth: Int32Array,
  weights: Float64Array | undefined,
  count: number,
): Work<{ slope: number; curvature: number }> {
  let [slope, curvature] = [0, 0]
  const addRow = (i: number) => {
    const from = i * count
    let top = -Infinity
    for (let k = 0; k < count; k++) top = Math.max(top, logits[from + k]!)
    let [sum, first, second] = [0, 0, 0]
    for (let k = 0; k < count; k++) {
      const logit = logits[from + k]! - top
      const power = Math.exp(scale * logit)
      sum += power
      first += power * logit
      second += power * logit * logit
    }
    const mean = first / sum
    const weight = weights ? weights[i]! : 1
    slope += weight * (mean - (logits[from + truth[i]!]! - top))
    curvature += weight * (second / sum - mean * mean)
  }
  yield* rowBlocks(truth.length, 4 * count, (begin, end) => {
    for (let i = begin; i < end; i++) addRow(i)
  })
  return { slope, curvature }
}

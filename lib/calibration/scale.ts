// The same bounds as scikit-learn's.
const bound = 10

/**
 * The factor b, from e^-10 to e^10, by which logits have the least log loss. In b the loss is convex, with the slope
 * mean of (sum_k p_k z_k - z_y): its zero is found by Newton's steps in log b, halved where they leave the bracket.
 * @param logits (rows, count).
 */
export function bestScale(
  logits: Float64Array,
  truth: Int32Array,
  weights: Float64Array | undefined,
  count: number,
): number {
  // Where all logits are the same, no factor is better than another.
  if (slopeAt(1, logits, truth, weights, count).slope === 0) return 1
  let [low, high] = [-bound, bound]
  if (slopeAt(Math.exp(low), logits, truth, weights, count).slope >= 0) return Math.exp(low)
  if (slopeAt(Math.exp(high), logits, truth, weights, count).slope <= 0) return Math.exp(high)
  let at = 0
  for (let step = 0; step < 200 && high - low > 1e-14; step++) {
    const scale = Math.exp(at)
    const { slope, curvature } = slopeAt(scale, logits, truth, weights, count)
    if (slope === 0) break
    if (slope > 0) high = at
    else low = at
    const next = at - slope / (curvature * scale)
    const previous = at
    at = next > low && next < high ? next : (low + high) / 2
    if (Math.abs(at - previous) < 1e-14) break
  }
  return Math.exp(at)
}

/** The first and second derivative of the sum of losses by the factor. */
function slopeAt(
  scale: number,
  logits: Float64Array,
  truth: Int32Array,
  weights: Float64Array | undefined,
  count: number,
): { slope: number; curvature: number } {
  let [slope, curvature] = [0, 0]
  for (let i = 0; i < truth.length; i++) {
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
  return { slope, curvature }
}

import { rowBlocks, type Work } from '../base/breathing.js'

/** The function p(score) = 1 / (1 + e^(slope score + offset)). */
export interface Sigmoid {
  readonly slope: number
  readonly offset: number
}

const leastRange = 1e-290

/**
 * The sigmoid that minimizes the weighted log loss of smoothed targets: (n1 + 1) / (n1 + 2) for the n1 rows that are positive,
 * 1 / (n0 + 2) for the n0 others, which keeps it finite if a score separates them. Platt 1999, Probabilistic outputs for support
 * vector machines, section 2.2. Found by Newton's method with backtracking, as Lin, Lin and Weng 2007, A note on Platt's
 * probabilistic outputs, advise, on scores that are scaled to the range from -1 to 1.
 */
export function* fitSigmoid(
  scores: Float64Array,
  isPositive: Uint8Array,
  weights: Float64Array | undefined,
): Work<Sigmoid> {
  let [positive, negative, lowest, highest] = [0, 0, Infinity, -Infinity]
  yield* rowBlocks(scores.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (isPositive[i]) positive += weights?.[i] ?? 1
      else negative += weights?.[i] ?? 1
      lowest = Math.min(lowest, scores[i]!)
      highest = Math.max(highest, scores[i]!)
    }
  })
  // Halved before the sum, which would overflow for the largest numbers.
  const middle = lowest / 2 + highest / 2
  // Scores that differ by less are equal: their slope would be no finite number.
  const range = highest / 2 - lowest / 2
  const scale = range > leastRange ? range : 1
  const targets: [number, number] = [1 / (negative + 2), (positive + 1) / (positive + 2)]
  const rows = { scores, isPositive, weights, middle, scale, targets }
  let at: Sigmoid = { slope: 0, offset: Math.log((negative + 1) / (positive + 1)) }
  let sums = yield* sumRows(rows, at)
  for (let step = 0; step < 100; step++) {
    const { loss, bySlope, byOffset } = sums
    if (Math.max(Math.abs(bySlope), Math.abs(byOffset)) <= 1e-12 * (positive + negative)) break
    const [slope, offset] = newtonStep(sums)
    const fall = bySlope * slope + byOffset * offset
    let [length, next] = [1, sums]
    let moved = at
    for (; length > 1e-10; length /= 2) {
      moved = { slope: at.slope + length * slope, offset: at.offset + length * offset }
      next = yield* sumRows(rows, moved)
      if (next.loss <= loss + 1e-4 * length * fall) break
    }
    // Rounding leaves nothing to gain.
    if (length <= 1e-10 || next.loss >= loss) break
    ;[at, sums] = [moved, next]
  }
  const slope = at.slope / scale
  return { slope, offset: at.offset - slope * middle }
}

/** The probability of a score. */
export function sigmoidAt({ slope, offset }: Sigmoid, score: number): number {
  return 1 / (1 + Math.exp(slope * score + offset))
}

interface Rows {
  readonly scores: Float64Array
  readonly isPositive: Uint8Array
  readonly weights: Float64Array | undefined
  readonly middle: number
  readonly scale: number
  /** The targets of rows that are not positive, and of those that are. */
  readonly targets: readonly [number, number]
}

/** The loss, its gradient and its second derivatives. */
interface Sums {
  loss: number
  bySlope: number
  byOffset: number
  bySlopes: number
  byBoth: number
  byOffsets: number
}

function* sumRows(
  { scores, isPositive, weights, middle, scale, targets }: Rows,
  { slope, offset }: Sigmoid,
): Work<Sums> {
  const sums: Sums = { loss: 0, bySlope: 0, byOffset: 0, bySlopes: 0, byBoth: 0, byOffsets: 0 }
  yield* rowBlocks(scores.length, 4, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const weight = weights?.[i] ?? 1
      const score = (scores[i]! - middle) / scale
      const target = targets[isPositive[i]!]!
      const sum = slope * score + offset
      // 1 / (1 + e^sum) and log(1 + e^-sum) without overflow.
      const power = Math.exp(-Math.abs(sum))
      const p = (sum >= 0 ? power : 1) / (1 + power)
      sums.loss += weight * (target * sum + Math.max(0, -sum) + Math.log1p(power))
      const error = weight * (target - p)
      const curvature = weight * p * (1 - p)
      sums.bySlope += error * score
      sums.byOffset += error
      sums.bySlopes += curvature * score * score
      sums.byBoth += curvature * score
      sums.byOffsets += curvature
    }
  })
  return sums
}

/** The step to the minimum of the quadratic approximation; a ridge keeps it finite where all scores are equal. */
function newtonStep({ bySlope, byOffset, bySlopes, byBoth, byOffsets }: Sums): [number, number] {
  const ridge = 1e-12 * (bySlopes + byOffsets)
  const [a, c] = [bySlopes + ridge, byOffsets + ridge]
  const determinant = a * c - byBoth * byBoth
  return [(byBoth * byOffset - c * bySlope) / determinant, (byBoth * bySlope - a * byOffset) / determinant]
}

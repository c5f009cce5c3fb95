import { areaUnder } from '../../metrics/curves.js'
import { countAtThresholds, type Thresholds } from '../../metrics/thresholds.js'
import type { ThresholdCurve } from '../threshold-curve.js'

/**
 * The curve of one class, in at most `points` thresholds and a few more, which are spread evenly along the ROC curve.
 * Probabilities also get every hundredth.
 * @param isChosen whether the model predicts this class.
 * @returns undefined where no row, or every row, is of this class.
 */
export function thresholdCurve(
  name: string,
  scores: Float64Array,
  isPositive: Uint8Array,
  isChosen: (row: number) => boolean,
  { isProbability, points }: { isProbability: boolean; points: number },
): ThresholdCurve | undefined {
  const counts = countAtThresholds(isPositive, scores, undefined)
  const [positives, negatives] = [counts.truePositives.at(-1)!, counts.falsePositives.at(-1)!]
  if (positives === 0 || negatives === 0) return undefined
  const own = ownThreshold(scores, isChosen, isProbability)
  const steps = isProbability ? Array.from({ length: 101 }, (_, k) => k / 100) : []
  // Just above the highest score: no row is positive.
  const none = counts.scores[0]! + (isProbability ? 1e-9 : Math.abs(counts.scores[0]!) * 1e-9 + 1e-9)
  const all = [...new Set([...alongCurve(counts, points), ...steps, own, none])].sort((a, b) => a - b)
  const places = all.map((threshold) => countAbove(counts.scores, threshold))
  const at = (values: Float64Array, place: number) => (place === 0 ? 0 : values[place - 1]!)
  return {
    ...{ name, positives, negatives, ...areas(counts, positives, negatives), thresholds: all },
    truePositives: places.map((place) => at(counts.truePositives, place)),
    falsePositives: places.map((place) => at(counts.falsePositives, place)),
    chosen: all.indexOf(own),
  }
}

/** Scores where the curve has moved on by its share of the way; always the first and the last. */
function alongCurve({ scores, truePositives: t, falsePositives: f }: Thresholds, points: number): number[] {
  const last = scores.length - 1
  const way = (k: number) => t[k]! / t[last]! + f[k]! / f[last]!
  const kept: number[] = []
  let next = 0
  for (let k = 0; k <= last; k++) {
    if (k < last && way(k) < next) continue
    kept.push(scores[k]!)
    next = (Math.floor((way(k) * points) / 2) + 1) * (2 / points)
  }
  return kept
}

/** How many of the descending scores are at least `threshold`. */
function countAbove(scores: Float64Array, threshold: number): number {
  let [low, high] = [0, scores.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (scores[middle]! >= threshold) low = middle + 1
    else high = middle
  }
  return low
}

/** The threshold that explains the model's choices: a half, or 0 for scores; else the least score of the rows that it chose. */
function ownThreshold(scores: Float64Array, isChosen: (row: number) => boolean, isProbability: boolean): number {
  const usual = isProbability ? 0.5 : 0
  let least = Infinity
  let isUsual = true
  for (const [row, score] of scores.entries()) {
    const chosen = isChosen(row)
    if (chosen && score < least) least = score
    if (chosen !== score >= usual) isUsual = false
  }
  return isUsual || least === Infinity ? usual : least
}

function areas({ truePositives: t, falsePositives: f }: Thresholds, positives: number, negatives: number) {
  const auc = (areaUnder(f, t) + (f[0]! * t[0]!) / 2) / positives / negatives
  let averagePrecision = 0
  for (const [k, hits] of t.entries()) {
    averagePrecision += ((hits - (k > 0 ? t[k - 1]! : 0)) / positives) * (hits / (hits + f[k]!))
  }
  return { auc, averagePrecision }
}

import type { Breather } from '../../base/breathing.js'
import type { ClassPredictions } from '../read/predictions.js'
import type { ThresholdCurve } from '../threshold-curve.js'
import { type Calibration, calibrationOf } from './calibration.js'
import { thresholdCurve } from './thresholds.js'

/** What is known of a classifier on rows. */
export interface ClassFindings {
  readonly classes: readonly string[]
  /** Rows by truth, then by prediction. */
  readonly confusion: readonly (readonly number[])[]
  /** Of two classes the curve of the second; else of the most frequent ones. */
  readonly curves: readonly ThresholdCurve[]
  readonly calibrations: readonly Calibration[]
}

/** Classes that get curves. */
const mostClasses = 12

export async function findingsOfClasses(
  classes: readonly string[],
  truth: Int32Array,
  { labels, probabilities, decisions }: ClassPredictions,
  breather: Breather,
): Promise<ClassFindings> {
  const count = classes.length
  const confusion = Array.from({ length: count }, () => new Array<number>(count).fill(0))
  for (const [i, label] of truth.entries()) confusion[label]![labels[i]!]!++
  const supports = confusion.map((row) => row.reduce((sum, value) => sum + value, 0))
  const byRows = supports.map((_, k) => k).sort((a, b) => supports[b]! - supports[a]! || a - b)
  const shown = count === 2 ? [1] : byRows.slice(0, mostClasses).sort((a, b) => a - b)
  const curves: ThresholdCurve[] = []
  const calibrations: Calibration[] = []
  const points = count === 2 ? 300 : 120
  for (const k of shown) {
    const scores = probabilities
      ? Float64Array.from(truth, (_, i) => probabilities.data[i * probabilities.cols + k]!)
      : decisions
    if (!scores) break
    const isPositive = Uint8Array.from(truth, (label) => Number(label === k))
    const kind = { isProbability: probabilities !== undefined, points }
    const curve = thresholdCurve(classes[k]!, scores, isPositive, (row) => labels[row] === k, kind)
    await breather.turn()
    if (!curve) continue
    curves.push(curve)
    if (probabilities) calibrations.push(calibrationOf(classes[k]!, scores, isPositive))
    await breather.turn()
  }
  return { classes, confusion, curves, calibrations }
}

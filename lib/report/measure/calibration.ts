/** How often a class came, by the probability that the model gave it. */
export interface Calibration {
  readonly name: string
  /** Bins of equal width that have rows, ascending. */
  readonly bins: readonly { readonly predicted: number; readonly observed: number; readonly rows: number }[]
  /** The expected calibration error: the mean distance of predicted and observed, weighted by rows. */
  readonly error: number
}

const binCount = 10

/**
 * Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning", section 3: the
 * expected calibration error.
 */
export function calibrationOf(name: string, probabilities: Float64Array, isPositive: Uint8Array): Calibration {
  const sums = Array.from({ length: binCount }, () => ({ predicted: 0, observed: 0, rows: 0 }))
  for (const [i, p] of probabilities.entries()) {
    // A row on the edge of two bins belongs to the lower one.
    const bin = sums[Math.min(Math.max(Math.ceil(p * binCount) - 1, 0), binCount - 1)]!
    bin.predicted += p
    bin.observed += isPositive[i]!
    bin.rows++
  }
  const bins = sums
    .filter(({ rows }) => rows > 0)
    .map(({ predicted, observed, rows }) => ({ predicted: predicted / rows, observed: observed / rows, rows }))
  const distance = bins.reduce((sum, bin) => sum + bin.rows * Math.abs(bin.predicted - bin.observed), 0)
  return { name, bins, error: distance / probabilities.length }
}

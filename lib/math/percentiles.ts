/**
 * The quantile of sorted numbers at `share` (0 to 1), with linear interpolation; NaN for no numbers.
 *
 * Source: Hyndman and Fan 1996, definition 7, which numpy's 'linear' is.
 */
export function quantileOf(sorted: Float64Array, share: number): number {
  return interpolate(sorted.length, share, (rank) => sorted[rank]!)
}

/**
 * A share as numpy's percentile computes it, to the last bit: scikit-learn passes 100 times the share, which numpy
 * divides by 100. Where numbers are tied, that bit decides on which side of a quantile they are.
 */
export function percentileShare(share: number): number {
  return (share * 100) / 100
}

/** As `quantileOf`, for `count` numbers, which `at` returns by their rank. */
export function interpolate(count: number, share: number, at: (rank: number) => number): number {
  if (count === 0) return Number.NaN
  const place = share * (count - 1)
  const below = Math.min(Math.floor(place), count - 1)
  const [low, high, part] = [at(below), at(Math.min(below + 1, count - 1)), place - below]
  // Starts from the nearer end, so that two equal numbers give exactly that number.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
}

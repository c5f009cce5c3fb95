/** The number at a share of ascending ones, from 0 to 1. */
type Quantile = (share: number) => number

/**
 * Edges of at most so many bins, ascending. Bins have equal counts of rows; where values that recur in many rows leave fewer bins,
 * the others have equal counts of different values: a column that is mostly zeros has bins for its other values too. Fewer than
 * two edges for a constant.
 */
export function binEdges(ofRows: Quantile, ofDifferent: Quantile, bins: number): number[] {
  const edges = ascending(spaced(ofRows, bins))
  const left = bins + 1 - edges.length
  return left > 0 ? ascending([...edges, ...spaced(ofDifferent, left)]) : edges
}

function spaced(quantile: Quantile, bins: number): number[] {
  return Array.from({ length: bins + 1 }, (_, k) => quantile(k / bins))
}

function ascending(numbers: readonly number[]): number[] {
  return [...differentOf(Float64Array.from(numbers).sort())]
}

/** The different ones of ascending numbers. */
export function differentOf(sorted: Float64Array): Float64Array {
  return sorted.filter((number, k) => k === 0 || number > sorted[k - 1]!)
}

/** Counts of numbers in bins of equal width. */
export interface Histogram {
  /** One more than counts. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
  /** Numbers below the first edge and above the last. */
  readonly outside: number
}

const binCount = 41

/** The range leaves out the outer half per cent on each side, so that a few numbers far away do not hide the others. */
export function histogramOf(values: Float64Array): Histogram {
  const sorted = values.slice().sort()
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  const [low, high] = [at(0.005), at(0.995)]
  if (low === high) return { edges: [low, high], counts: [values.length], outside: 0 }
  const width = (high - low) / binCount
  const counts = new Array<number>(binCount).fill(0)
  let outside = 0
  for (const value of values) {
    if (value < low || value > high) outside++
    else counts[Math.min(Math.floor((value - low) / width), binCount - 1)]!++
  }
  return { edges: Array.from({ length: binCount + 1 }, (_, k) => low + k * width), counts, outside }
}

/** 1 over the golden ratio: its multiples' fractions fill 0 to 1 evenly, and share no period with rows. */
const golden = (Math.sqrt(5) - 1) / 2

/**
 * One of the rows from `first` to below `next`, for the step with this number. Rows at equal distances would all be of one month, or
 * class, where rows have a period.
 */
export function rowInStep(step: number, first: number, next: number): number {
  return first + Math.floor(((step * golden) % 1) * (next - first))
}

/** So many row numbers, ascending: one out of each of equal steps. */
export function inSteps(rows: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, k) =>
    rowInStep(k, Math.floor((k * rows) / count), Math.floor(((k + 1) * rows) / count)),
  )
}

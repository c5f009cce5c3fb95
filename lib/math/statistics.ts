/** The mean of numbers. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]!
  return sum / values.length
}

/** The standard deviation of numbers, with division by their count, as numpy's. */
export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values)
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += (values[k]! - mean) ** 2
  return Math.sqrt(sum / values.length)
}

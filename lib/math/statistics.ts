/** The largest of numbers, of which there may be more than a call can have arguments; -Infinity for none. */
export function largestOf(values: Iterable<number>): number {
  let largest = -Infinity
  for (const value of values) if (value > largest) largest = value
  return largest
}

/** The smallest of numbers; Infinity for none. */
export function smallestOf(values: Iterable<number>): number {
  let smallest = Infinity
  for (const value of values) if (value < smallest) smallest = value
  return smallest
}

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

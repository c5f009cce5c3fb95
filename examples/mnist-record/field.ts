import { type Random, signed } from './random.js'

/** A periodic square of displacements in pixels: windows may start anywhere. */
export interface Field {
  values: Float32Array
  size: number
}

/**
 * A random displacement field: uniform numbers from -1 to 1, smoothed by a Gaussian of standard deviation sigma and
 * multiplied by alpha (Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural networks applied to
 * visual document analysis", section 2). One large field provides windows for many images.
 */
export function makeField(size: number, { sigma, alpha }: { sigma: number; alpha: number }, random: Random): Field {
  const values = new Float32Array(size * size)
  if (alpha === 0) return { values, size }
  for (let i = 0; i < values.length; i++) values[i] = alpha * signed(random)
  smooth(values, size, sigma)
  return { values, size }
}

/**
 * Smooths a periodic square approximately by a Gaussian: three running means in each direction,
 * with widths whose variances sum to sigma^2 (Kovesi 2010, "Fast almost-Gaussian filtering").
 */
export function smooth(values: Float32Array, size: number, sigma: number): void {
  const scratch = new Float32Array(size * size)
  for (const width of boxWidths(sigma, 3)) {
    // Each pass also transposes the square: two passes smooth both directions and restore the orientation.
    averageRowsAndTurn(values, scratch, size, width)
    averageRowsAndTurn(scratch, values, size, width)
  }
}

/** Odd widths of the running means, whose variances (width^2 - 1) / 12 sum to about sigma^2. */
export function boxWidths(sigma: number, passes: number): number[] {
  const ideal = Math.sqrt((12 * sigma ** 2) / passes + 1)
  const lower = Math.max(1, 2 * Math.floor((ideal - 1) / 2) + 1)
  const narrow = Math.round((12 * sigma ** 2 - passes * (lower + 2) ** 2 + passes) / (lower ** 2 - (lower + 2) ** 2))
  return Array.from({ length: passes }, (_, i) => (i < narrow ? lower : lower + 2))
}

function averageRowsAndTurn(from: Float32Array, to: Float32Array, size: number, width: number): void {
  const half = (width - 1) / 2
  for (let row = 0; row < size; row++) {
    const begin = row * size
    let sum = 0
    for (let i = -half; i <= half; i++) sum += from[begin + wrap(i, size)]!
    for (let i = 0; i < size; i++) {
      to[i * size + row] = sum / width
      sum += from[begin + wrap(i + half + 1, size)]! - from[begin + wrap(i - half, size)]!
    }
  }
}

function wrap(i: number, size: number): number {
  const rest = i % size
  return rest < 0 ? rest + size : rest
}

import { checkInteger, checkNumber, checkOptions, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { drawFrom } from './draw.js'
import type { Labelled } from './labelled.js'

/** Options of `datasets.xor`. */
export interface XorOptions {
  /** The number of rows, which repeat the four corners in order; 4 by default. */
  nSamples?: number | undefined
  /** The standard deviation of Gaussian noise; 0 by default. */
  noise?: number | undefined
  /** The seed of the noise; random by default. */
  seed?: number | undefined
}

/**
 * The corners of the unit square, (0, 0), (0, 1), (1, 0), (1, 1), and whether exactly one of the two numbers is 1: no line
 * separates the classes.
 * @throws ArgumentError for wrong options.
 * @example
 * datasets.xor().y // Int32Array [0, 1, 1, 0]
 */
export function xor(options: XorOptions = {}): Labelled {
  checkOptions(options, 'datasets.xor()', optionKeys<XorOptions>({ nSamples: true, noise: true, seed: true }))
  const rows = checkInteger(options.nSamples ?? 4, 'nSamples', { min: 1 })
  const noise = checkNumber(options.noise ?? 0, 'noise', { min: 0 })
  const draw = drawFrom(options.seed)
  const bit = (k: number) => (k % 2 === 0 ? k >> 2 : k >> 1) & 1
  const around = (corner: number) => (noise > 0 ? corner + noise * draw.normal() : corner)
  const x = new Matrix(
    Float32Array.from({ length: 2 * rows }, (_, k) => around(bit(k))),
    rows,
    2,
  )
  return { x, y: Int32Array.from({ length: rows }, (_, i) => (i & 1) ^ ((i >> 1) & 1)) }
}

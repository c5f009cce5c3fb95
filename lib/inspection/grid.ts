import { checkNumber, invalid, mismatch } from '../check.js'
import { ArgumentError } from '../errors.js'
import { isNumberArray, type Matrix } from '../matrix.js'

/** How the values of a grid are chosen. */
export interface GridOptions {
  /** Values along each column; all that occur, where they are fewer. 100 by default. */
  gridResolution?: number | undefined
  /** Between which shares of the rows the values lie; [0.05, 0.95] by default. */
  percentiles?: readonly [number, number] | undefined
  /** Columns whose values are all taken, each as often as it may occur. */
  categoricalFeatures?: readonly number[] | undefined
  /** Values of one's own, by column. */
  customValues?: Readonly<Record<number, readonly number[] | Float32Array | Float64Array>> | undefined
}

/** @throws ArgumentError for other than two shares, rising, from 0 to 1. */
export function readPercentiles(value: unknown = [0.05, 0.95]): [number, number] {
  if (!Array.isArray(value) || value.length !== 2)
    throw invalid('percentiles', 'two numbers, such as [0.05, 0.95]', value)
  const [low, high] = value.map((share, k) => checkNumber(share, `percentiles[${k}]`, { min: 0, max: 1 })) as [
    number,
    number,
  ]
  if (low < high) return [low, high]
  throw mismatch('percentiles', 'a lower and a higher share', `${low} and ${high}`)
}

/**
 * The values along one column.
 * @throws ArgumentError for percentiles between which there is nothing.
 */
export function gridOf(
  x: Matrix,
  column: number,
  resolution: number,
  [low, high]: [number, number],
  { categoricalFeatures = [], customValues = {} }: GridOptions,
): Float64Array {
  const custom: unknown = customValues[column]
  if (custom !== undefined) return readCustom(custom, `customValues[${column}]`)
  const sorted = Float64Array.from({ length: x.rows }, (_, row) => x.data[row * x.cols + column]!).sort()
  const unique = sorted.filter((value, k) => k === 0 || value !== sorted[k - 1])
  if (categoricalFeatures.includes(column) || unique.length < resolution) return unique
  const [first, last] = [quantile(sorted, low), quantile(sorted, high)]
  if (Math.abs(first - last) <= 1e-8 + 1e-5 * Math.abs(last)) {
    throw new ArgumentError(
      `Expected percentiles that are further apart: in column ${column} both are ${first}. Give a lower and a higher one.`,
    )
  }
  return Float64Array.from({ length: resolution }, (_, k) => first + ((last - first) * k) / (resolution - 1))
}

/** Cunnane's plotting positions, 0.4 and 0.4: scipy's mquantiles. */
function quantile(sorted: Float64Array, share: number): number {
  const count = sorted.length
  if (count === 1) return sorted[0]!
  const at = count * share + 0.4 + 0.2 * share
  const k = Math.floor(Math.min(Math.max(at, 1), count - 1))
  const part = Math.min(Math.max(at - k, 0), 1)
  return (1 - part) * sorted[k - 1]! + part * sorted[k]!
}

function readCustom(values: unknown, name: string): Float64Array {
  if ((!Array.isArray(values) && !isNumberArray(values)) || values.length === 0) {
    throw invalid(name, 'an array of numbers', values)
  }
  return Float64Array.from(values as ArrayLike<unknown>, (value, k) => checkNumber(value, `${name}[${k}]`))
}

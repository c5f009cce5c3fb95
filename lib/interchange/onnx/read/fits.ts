import type { Cells } from './cells.js'

const tolerance = 1e-6

/** y = scale x + shift in each column; undefined if it is something else. */
export function affineOf(x: Cells, y: Cells): { scale: Float64Array; shift: Float64Array } | undefined {
  if (y.columns !== x.columns || y.rows !== x.rows) return undefined
  const [scale, shift] = [new Float64Array(x.columns), new Float64Array(x.columns)]
  for (let j = 0; j < x.columns; j++) {
    const at = (table: Cells, i: number) => table.data[i * table.columns + j]!
    const [low, high] = farthest(x, j)
    scale[j] = (at(y, high) - at(y, low)) / (at(x, high) - at(x, low))
    shift[j] = at(y, low) - scale[j]! * at(x, low)
    for (let i = 0; i < x.rows; i++) {
      const expected = scale[j]! * at(x, i) + shift[j]!
      if (!(Math.abs(at(y, i) - expected) <= tolerance * Math.max(1, Math.abs(expected)))) return undefined
    }
  }
  return { scale: scale.map(clean), shift: shift.map(clean) }
}

/** The rows of the smallest and the largest entry of a column. */
function farthest(x: Cells, j: number): [number, number] {
  let [low, high] = [0, 0]
  for (let i = 1; i < x.rows; i++) {
    const value = x.data[i * x.columns + j]!
    if (value < x.data[low * x.columns + j]!) low = i
    if (value > x.data[high * x.columns + j]!) high = i
  }
  return [low, high]
}

/** What is left of rounding: 1 + 1e-16 is 1. */
function clean(value: number): number {
  const near = Number(value.toPrecision(12))
  return Math.abs(value) < 1e-13 ? 0 : near
}

/** Rows with their mean taken away, divided by the root of their variance plus epsilon. */
export function normalizeRows(x: Cells, epsilon: number): Cells {
  const data = new Float64Array(x.rows * x.columns)
  for (let i = 0; i < x.rows; i++) {
    let [mean, variance] = [0, 0]
    for (let j = 0; j < x.columns; j++) mean += x.data[i * x.columns + j]! / x.columns
    for (let j = 0; j < x.columns; j++) variance += (x.data[i * x.columns + j]! - mean) ** 2 / x.columns
    for (let j = 0; j < x.columns; j++) {
      data[i * x.columns + j] = (x.data[i * x.columns + j]! - mean) / Math.sqrt(variance + epsilon)
    }
  }
  return { rows: x.rows, columns: x.columns, data }
}

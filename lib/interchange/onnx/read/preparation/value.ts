import type { Work } from '../../../../base/breathing.js'

/** Cells of a value at most: what is evaluated are a few rows. */
export const mostCells = 2 ** 22

/** Where a cell comes from: the place of an input column, or one of these. */
export const constant = -1
/** Several columns. */
export const mixed = -2

/** A tensor while a graph is evaluated on a few rows. Cells of constants have no origins. */
export interface Value {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number | string>
  /** The column that each cell was computed from. */
  readonly origins?: Int32Array
  /** Whether a cell is the entry of its column as it came in: 1. */
  readonly raw?: Uint8Array
}

/** A value under construction. */
export interface Cells extends Value {
  readonly data: (number | string)[]
  readonly origins: Int32Array
  readonly raw: Uint8Array
}

/** What an operator makes, at once or in steps. */
export type Made<T> = T | Work<T>

export function* finish<T>(made: Made<T>): Work<T> {
  const isWork = typeof made === 'object' && made !== null && 'next' in made
  return isWork ? yield* made : (made as T)
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1)
}

/** Cells to fill; undefined for too many. */
export function newCells(dims: readonly number[]): Cells | undefined {
  const count = sizeOf(dims)
  if (!(Number.isInteger(count) && count >= 0 && count <= mostCells)) return undefined
  const [origins, raw] = [new Int32Array(count).fill(constant), new Uint8Array(count)]
  return { dims, data: new Array<number | string>(count).fill(0), origins, raw }
}

export function originAt({ origins }: Value, k: number): number {
  return origins ? origins[k]! : constant
}

/** The origin of what is computed from two cells. */
export function joinOrigins(a: number, b: number): number {
  if (a === constant || a === b) return b
  return b === constant ? a : mixed
}

/** Copies a cell. */
export function copyCell(from: Value, k: number, to: Cells, at: number): void {
  to.data[at] = from.data[k]!
  to.origins[at] = originAt(from, k)
  to.raw[at] = from.raw?.[k] ?? 0
}

/** Cells that are computed in one step, which takes some milliseconds at most. */
export const cellsInStep = 1 << 14

/** Calls `visit` with each place from 0 up to, not including, `count`, and yields between steps. */
export function* eachCell(count: number, visit: (k: number) => void): Work<void> {
  for (let begin = 0; begin < count; begin += cellsInStep) {
    if (begin > 0) yield
    const end = Math.min(begin + cellsInStep, count)
    for (let k = begin; k < end; k++) visit(k)
  }
}

/** The cells of `from` in another shape. */
export function reshaped(from: Value, dims: readonly number[]): Value | undefined {
  return sizeOf(dims) === from.data.length ? { ...from, dims } : undefined
}

/** The steps between neighbours along each axis. */
export function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => sizeOf(dims.slice(axis + 1)))
}

/** The dimensions of several values that are broadcast; undefined where they do not fit. */
export function broadcast(values: readonly Value[]): number[] | undefined {
  const rank = Math.max(0, ...values.map(({ dims }) => dims.length))
  const dims = new Array<number>(rank).fill(1)
  for (const value of values) {
    for (const [k, size] of value.dims.entries()) {
      const axis = rank - value.dims.length + k
      if (size === 1 || size === dims[axis]) continue
      if (dims[axis] !== 1) return undefined
      dims[axis] = size
    }
  }
  return dims
}

/** For each cell of `dims` the place of the cell of a value that is broadcast to it. */
export function placesIn({ dims: own }: Value, dims: readonly number[]): (cell: number) => number {
  if (sizeOf(own) === 1) return () => 0
  if (sizeOf(own) === sizeOf(dims)) return (cell) => cell
  const [strides, ownStrides] = [stridesOf(dims), stridesOf(own)]
  const before = dims.length - own.length
  return (cell) => {
    let [rest, place] = [cell, 0]
    for (let axis = 0; axis < dims.length; axis++) {
      const at = Math.floor(rest / strides[axis]!)
      rest -= at * strides[axis]!
      if (axis >= before && own[axis - before] !== 1) place += at * ownStrides[axis - before]!
    }
    return place
  }
}

import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import {
  copyCell,
  eachCell,
  joinOrigins,
  type Made,
  newCells,
  originAt,
  reshaped,
  sizeOf,
  stridesOf,
  type Value,
} from './value.js'

/** The result of an operator that moves cells; undefined for sizes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[]) => Made<Value | undefined>

const numbersOf = (value: Value | undefined) => value && Array.from(value.data, Number)
/** An axis from 0 on; NaN for none. */
const axisOf = (axis: number, rank: number) =>
  axis >= -rank && axis < rank ? (axis + rank) % Math.max(rank, 1) : Number.NaN

const concat: Operator = (node, inputs) => {
  const [first] = inputs
  if (!first || inputs.includes(undefined)) return undefined
  return joined(inputs as Value[], axisOf(attributesOf(node).int('axis', 0), first.dims.length))
}

/** Values side by side along an axis. */
export function* joined(values: readonly Value[], axis: number): Work<Value | undefined> {
  const [first] = values as [Value]
  const isOther = ({ dims }: Value) =>
    dims.length !== first.dims.length || dims.some((size, k) => k !== axis && size !== first.dims[k])
  if (Number.isNaN(axis) || values.some(isOther)) return undefined
  const dims = first.dims.with(
    axis,
    values.reduce((sum, value) => sum + value.dims[axis]!, 0),
  )
  const out = newCells(dims)
  if (!out) return undefined
  const after = sizeOf(dims.slice(axis + 1))
  let begin = 0
  for (const value of values) {
    const block = value.dims[axis]! * after
    const place = begin
    yield* eachCell(value.data.length, (k) => {
      copyCell(value, k, out, Math.floor(k / block) * dims[axis]! * after + place + (k % block))
    })
    begin += block
  }
  return out
}

const gather: Operator = function* (node, [table, index]) {
  if (!table || !index) return undefined
  const axis = axisOf(attributesOf(node).int('axis', 0), table.dims.length)
  if (Number.isNaN(axis)) return undefined
  const [before, size, after] = [table.dims.slice(0, axis), table.dims[axis]!, table.dims.slice(axis + 1)]
  const out = newCells([...before, ...index.dims, ...after])
  if (!out) return undefined
  const [inner, count] = [sizeOf(after), index.data.length]
  let fits = true
  yield* eachCell(out.data.length, (at) => {
    const [row, k] = [Math.floor(at / inner), at % inner]
    const [b, i] = [Math.floor(row / count), row % count]
    const wanted = Number(index.data[i])
    const place = wanted < 0 ? wanted + size : wanted
    fits &&= Number.isInteger(place) && place >= 0 && place < size
    if (!fits) return
    copyCell(table, (b * size + place) * inner + k, out, at)
    out.origins[at] = joinOrigins(out.origins[at]!, originAt(index, i))
  })
  return fits ? out : undefined
}

/** As Gather along the first axis, of places that are lists of one number. */
const gatherND: Operator = (node, [table, index]) => {
  if (index?.dims.at(-1) !== 1 || attributesOf(node).int('batch_dims', 0) !== 0) return undefined
  return gather(node, [table, { ...index, dims: index.dims.slice(0, -1) }])
}

const reshape: Operator = (_, [x, shape]) => {
  const sizes = numbersOf(shape)?.map((size, k) => (size === 0 ? (x?.dims[k] ?? 1) : size))
  if (!x || !sizes) return undefined
  const known = sizeOf(sizes.filter((size) => size !== -1))
  return reshaped(
    x,
    sizes.map((size) => (size === -1 ? x.data.length / known : size)),
  )
}

const flatten: Operator = (node, [x]) => {
  const axis = attributesOf(node).int('axis', 1)
  return x && reshaped(x, [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))])
}

const axesOf = (node: NodeProto, axes: Value | undefined) => attributesOf(node).ints('axes') ?? numbersOf(axes)

const unsqueeze: Operator = (node, [x, axes]) => {
  const list = axesOf(node, axes)
  if (!x || !list) return undefined
  const rank = x.dims.length + list.length
  const places = new Set(list.map((axis) => axisOf(axis, rank)))
  const rest = [...x.dims]
  return reshaped(
    x,
    Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.shift() ?? 1))),
  )
}

const squeeze: Operator = (node, [x, axes]) => {
  const list = axesOf(node, axes)?.map((axis) => axisOf(axis, x?.dims.length ?? 0))
  return (
    x &&
    reshaped(
      x,
      x.dims.filter((size, axis) => (list ? !list.includes(axis) : size !== 1)),
    )
  )
}

const transpose: Operator = function* (node, [x]) {
  if (!x) return undefined
  const order = attributesOf(node).ints('perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis)
  if (order.length !== x.dims.length || order.some((axis) => x.dims[axis] === undefined)) return undefined
  const dims = order.map((axis) => x.dims[axis]!)
  const out = newCells(dims)
  if (!out) return undefined
  const [strides, own] = [stridesOf(dims), stridesOf(x.dims)]
  yield* eachCell(out.data.length, (k) => {
    const from = order.reduce((sum, axis, at) => sum + (Math.floor(k / strides[at]!) % dims[at]!) * own[axis]!, 0)
    copyCell(x, from, out, k)
  })
  return out
}

/** Slices of step 1, by inputs or by attributes. */
const slice: Operator = function* (node, [x, starts, ends, axes, steps]) {
  const attributes = attributesOf(node)
  const begin = numbersOf(starts) ?? attributes.ints('starts')
  const end = numbersOf(ends) ?? attributes.ints('ends')
  if (!x || !begin || !end || numbersOf(steps)?.some((step) => step !== 1)) return undefined
  const list = numbersOf(axes) ?? attributes.ints('axes') ?? begin.map((_, axis) => axis)
  let value: Value | undefined = x
  for (const [k, wanted] of list.entries()) {
    const axis: number = axisOf(wanted, x.dims.length)
    const size: number | undefined = value?.dims[axis]
    if (!value || size === undefined) return undefined
    const place = (at: number): number => Math.max(0, Math.min(size, at < 0 ? at + size : at))
    const [from, to] = [place(begin[k]!), place(end[k]!)]
    value = yield* pickAlong(value, axis, Math.max(0, to - from), (i) => from + i)
  }
  return value
}

/** The entries at some places of an axis. */
export function* pickAlong(
  value: Value,
  axis: number,
  count: number,
  placeOf: (i: number) => number,
): Work<Value | undefined> {
  const [size, inner] = [value.dims[axis]!, sizeOf(value.dims.slice(axis + 1))]
  const out = newCells(value.dims.with(axis, count))
  if (!out) return undefined
  let fits = true
  yield* eachCell(out.data.length, (at) => {
    const [row, k] = [Math.floor(at / inner), at % inner]
    const place = placeOf(row % count)
    fits &&= Number.isInteger(place) && place >= 0 && place < size
    if (fits) copyCell(value, (Math.floor(row / count) * size + place) * inner + k, out, at)
  })
  return fits ? out : undefined
}

/** The parts of an axis, of given sizes or of equal ones. */
export function* split(node: NodeProto, [x, sizes]: readonly (Value | undefined)[]): Work<(Value | undefined)[]> {
  const attributes = attributesOf(node)
  const axis = axisOf(attributes.int('axis', 0), x?.dims.length ?? 0)
  if (!x || Number.isNaN(axis)) return []
  const equal = Math.ceil(x.dims[axis]! / node.output.length)
  const counts =
    attributes.ints('split') ??
    numbersOf(sizes) ??
    node.output.map((_, k) => Math.min(equal, x.dims[axis]! - k * equal))
  const isWhole = counts.every((count) => Number.isInteger(count) && count >= 0)
  if (!isWhole || counts.reduce((a, b) => a + b, 0) !== x.dims[axis]) return []
  const parts: (Value | undefined)[] = []
  let begin = 0
  for (const count of counts.slice(0, node.output.length)) {
    const from = begin
    parts.push(yield* pickAlong(x, axis, count, (i) => from + i))
    begin += count
  }
  return parts
}

/** Operators that move cells, and change none. */
export const shapeOperators: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Gather: gather,
  GatherND: gatherND,
  Reshape: reshape,
  Flatten: flatten,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Transpose: transpose,
  Slice: slice,
}

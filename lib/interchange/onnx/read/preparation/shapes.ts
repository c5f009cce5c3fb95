import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { copyCell, joinOrigins, newCells, originAt, reshaped, sizeOf, stridesOf, type Value } from './value.js'

/** The result of an operator that moves cells; undefined for sizes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[]) => Value | undefined

const numbersOf = (value: Value | undefined) => value && Array.from(value.data, Number)
/** An axis from 0 on; NaN for none. */
const axisOf = (axis: number, rank: number) =>
  axis >= -rank && axis < rank ? (axis + rank) % Math.max(rank, 1) : Number.NaN

const concat: Operator = (node, inputs) => {
  const [first] = inputs
  if (!first || inputs.includes(undefined)) return undefined
  const values = inputs as Value[]
  const axis = axisOf(attributesOf(node).int('axis', 0), first.dims.length)
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
    for (let k = 0; k < value.data.length; k++) {
      copyCell(value, k, out, Math.floor(k / block) * dims[axis]! * after + begin + (k % block))
    }
    begin += block
  }
  return out
}

const gather: Operator = (node, [table, index]) => {
  if (!table || !index) return undefined
  const axis = axisOf(attributesOf(node).int('axis', 0), table.dims.length)
  if (Number.isNaN(axis)) return undefined
  const [before, size, after] = [table.dims.slice(0, axis), table.dims[axis]!, table.dims.slice(axis + 1)]
  const out = newCells([...before, ...index.dims, ...after])
  if (!out) return undefined
  const [blocks, inner, count] = [sizeOf(before), sizeOf(after), index.data.length]
  for (let b = 0; b < blocks; b++) {
    for (let i = 0; i < count; i++) {
      const wanted = Number(index.data[i])
      const place = wanted < 0 ? wanted + size : wanted
      if (!Number.isInteger(place) || place < 0 || place >= size) return undefined
      for (let k = 0; k < inner; k++) {
        const [from, at] = [(b * size + place) * inner + k, (b * count + i) * inner + k]
        copyCell(table, from, out, at)
        out.origins[at] = joinOrigins(out.origins[at]!, originAt(index, i))
      }
    }
  }
  return out
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

const transpose: Operator = (node, [x]) => {
  if (!x) return undefined
  const order = attributesOf(node).ints('perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis)
  if (order.length !== x.dims.length || order.some((axis) => x.dims[axis] === undefined)) return undefined
  const dims = order.map((axis) => x.dims[axis]!)
  const out = newCells(dims)
  if (!out) return undefined
  const [strides, own] = [stridesOf(dims), stridesOf(x.dims)]
  for (let k = 0; k < out.data.length; k++) {
    const from = order.reduce((sum, axis, at) => sum + (Math.floor(k / strides[at]!) % dims[at]!) * own[axis]!, 0)
    copyCell(x, from, out, k)
  }
  return out
}

/** Slices of step 1, by inputs or by attributes. */
const slice: Operator = (node, [x, starts, ends, axes, steps]) => {
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
    const place = (at: number) => Math.max(0, Math.min(size, at < 0 ? at + size : at))
    const [from, to] = [place(begin[k]!), place(end[k]!)]
    const data = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
    value = pickAlong(value, axis, data)
  }
  return value
}

/** The entries at some places of an axis. */
export function pickAlong(value: Value, axis: number, places: readonly number[]): Value | undefined {
  const [blocks, size, inner] = [
    sizeOf(value.dims.slice(0, axis)),
    value.dims[axis]!,
    sizeOf(value.dims.slice(axis + 1)),
  ]
  const out = newCells(value.dims.with(axis, places.length))
  if (!out || places.some((place) => !(place >= 0 && place < size))) return undefined
  for (let b = 0; b < blocks; b++) {
    for (const [i, place] of places.entries()) {
      for (let k = 0; k < inner; k++)
        copyCell(value, (b * size + place) * inner + k, out, (b * places.length + i) * inner + k)
    }
  }
  return out
}

/** Operators that move cells, and change none. */
export const shapeOperators: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Gather: gather,
  Reshape: reshape,
  Flatten: flatten,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Transpose: transpose,
  Slice: slice,
}

import type { NodeProto } from '../../proto/messages.js'
import { Attributes } from '../attributes.js'
import { type Cells, constant, joinOrigins, newCells, originAt, stridesOf, type Value } from './value.js'

/** The result of an operator that adds up cells; undefined for sizes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[]) => Value | undefined

/** (rows, inner) times (inner, columns); a product with the constant 0 has no origin. */
export function product(a: Value, b: Value, bias?: (j: number) => number): Cells | undefined {
  const [rows, inner] = a.dims
  const [size, columns] = b.dims
  const out = a.dims.length === 2 && b.dims.length === 2 && inner === size ? newCells([rows!, columns!]) : undefined
  if (!out) return undefined
  for (let i = 0; i < rows!; i++) {
    for (let j = 0; j < columns!; j++) {
      let [sum, origin] = [bias?.(j) ?? 0, constant]
      for (let k = 0; k < inner!; k++) {
        const [at, place] = [i * inner! + k, k * columns! + j]
        const weight = b.data[place] as number
        sum += (a.data[at] as number) * weight
        if (weight !== 0) origin = joinOrigins(origin, originAt(a, at))
      }
      out.data[i * columns! + j] = sum
      out.origins[i * columns! + j] = origin
    }
  }
  return out
}

function turned(value: Value): Value | undefined {
  const [rows, columns] = value.dims
  if (value.dims.length !== 2) return undefined
  const data = new Float64Array(value.data.length)
  for (let i = 0; i < rows!; i++) {
    for (let j = 0; j < columns!; j++) data[j * rows! + i] = value.data[i * columns! + j] as number
  }
  return { dims: [columns!, rows!], data }
}

const gemm: Operator = (node, [x, weights, bias]) => {
  const attributes = new Attributes(node)
  if (!x || !weights || weights.origins || attributes.int('transA', 0) !== 0) return undefined
  const kernel = attributes.int('transB', 0) === 0 ? weights : turned(weights)
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)]
  const scaled =
    kernel && (alpha === 1 ? kernel : { ...kernel, data: Array.from(kernel.data, (w) => alpha * Number(w)) })
  const last = (bias?.data.length ?? 1) - 1
  return scaled && product(x, scaled, bias && ((j) => beta * Number(bias.data[Math.min(j, last)])))
}

/** The sum, the mean or the largest of the cells along axes. */
const reduce: Operator = (node, [x, axes]) => {
  if (!x) return undefined
  const attributes = new Attributes(node)
  const rank = x.dims.length
  const list = attributes.ints('axes') ?? (axes && Array.from(axes.data, Number)) ?? x.dims.map((_, axis) => axis)
  const places = new Set(list.map((axis) => (axis + rank) % rank))
  const kept = x.dims.map((size, axis) => (places.has(axis) ? 1 : size))
  const out = newCells(kept)
  if (!out || x.data.length === 0) return undefined
  const [strides, own] = [stridesOf(kept), stridesOf(x.dims)]
  const counts = new Float64Array(out.data.length)
  for (let k = 0; k < x.data.length; k++) {
    let at = 0
    for (const axis of kept.keys()) {
      if (!places.has(axis)) at += (Math.floor(k / own[axis]!) % x.dims[axis]!) * strides[axis]!
    }
    const [before, value] = [out.data[at] as number, x.data[k] as number]
    const isFirst = counts[at] === 0
    out.data[at] = isFirst ? value : node.opType === 'ReduceMax' ? Math.max(before, value) : before + value
    out.origins[at] = joinOrigins(out.origins[at]!, originAt(x, k))
    counts[at]!++
  }
  if (node.opType === 'ReduceMean') for (const [k, count] of counts.entries()) out.data[k] = Number(out.data[k]) / count
  const dims = attributes.int('keepdims', 1) === 0 ? x.dims.filter((_, axis) => !places.has(axis)) : kept
  return { ...out, dims }
}

/** A function of each row of a table that mixes its columns. */
export function ofRows(x: Value | undefined, apply: (row: number[]) => number[]): Value | undefined {
  const [rows, columns] = x?.dims ?? []
  if (x?.dims.length !== 2) return undefined
  const width = apply(new Array<number>(columns!).fill(1)).length
  const out = newCells([rows!, width])
  if (!out) return undefined
  for (let i = 0; i < rows!; i++) {
    const row = Array.from({ length: columns! }, (_, j) => Number(x.data[i * columns! + j]))
    let origin = constant
    for (let j = 0; j < columns!; j++) origin = joinOrigins(origin, originAt(x, i * columns! + j))
    for (const [j, value] of apply(row).entries()) {
      out.data[i * width + j] = value
      out.origins[i * width + j] = origin
    }
  }
  return out
}

export function softmaxOf(row: readonly number[]): number[] {
  const most = Math.max(...row)
  const powers = row.map((value) => Math.exp(value - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((value) => value / sum)
}

/** The place of the largest of each row; the first of equal ones, and of NaN. */
const argMax: Operator = (node, [x]) => {
  const attributes = new Attributes(node)
  const axis = attributes.int('axis', 0)
  if (axis !== 1 && axis !== -1) return undefined
  const out = ofRows(x, (row) => [Math.max(0, row.indexOf(Math.max(...row)))])
  return out && attributes.int('keepdims', 1) === 0 ? { ...out, dims: [out.dims[0]!] } : out
}

const batchNormalization: Operator = (node, [x, gamma, beta, mean, variance]) => {
  if (!gamma || !beta || !mean || !variance) return undefined
  const epsilon = new Attributes(node).float('epsilon', 1e-5)
  const at = (value: Value, j: number) => Number(value.data[j])
  return ofRows(x, (row) =>
    row.map((v, j) => ((v - at(mean, j)) / Math.sqrt(at(variance, j) + epsilon)) * at(gamma, j) + at(beta, j)),
  )
}

const layerNormalization: Operator = (node, [x, gamma, beta]) => {
  const epsilon = new Attributes(node).float('epsilon', 1e-5)
  return ofRows(x, (row) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length
    const root = Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length + epsilon)
    return row.map((v, j) => ((v - mean) / root) * Number(gamma?.data[j] ?? 1) + Number(beta?.data[j] ?? 0))
  })
}

/** Operators that mix the columns of a row. */
export const sumOperators: Readonly<Record<string, Operator>> = {
  MatMul: (_, [a, b]) => (a && b && !b.origins ? product(a, b) : undefined),
  Gemm: gemm,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Softmax: (node, [x]) => (Math.abs(new Attributes(node).int('axis', -1)) === 1 ? ofRows(x, softmaxOf) : undefined),
  ArgMax: argMax,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
}

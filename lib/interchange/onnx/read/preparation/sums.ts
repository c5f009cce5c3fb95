import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { joined } from './shapes.js'
import {
  cellsInStep,
  constant,
  eachCell,
  joinOrigins,
  type Made,
  mostCells,
  newCells,
  originAt,
  sizeOf,
  stridesOf,
  type Value,
} from './value.js'

/** The result of an operator that adds up cells; undefined for sizes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[]) => Made<Value | undefined>

/** Columns of a product that are computed side by side in one step, and products of each of them. */
const [columnsInStep, productsInStep] = [64, 1 << 12]

interface ProductOptions {
  /** Whether the second table is (columns, inner). */
  isTurned?: boolean
  alpha?: number
  bias?: ((j: number) => number) | undefined
}

/** alpha (rows, inner) times (inner, columns), plus a bias; a product with the constant 0 has no origin. */
export function* product(a: Value, b: Value, options: ProductOptions = {}): Work<Value | undefined> {
  const { isTurned = false, alpha = 1, bias } = options
  const [rows, inner] = a.dims as [number, number]
  const [size, columns] = (isTurned ? b.dims.toReversed() : b.dims) as [number, number]
  if (a.dims.length !== 2 || b.dims.length !== 2 || inner !== size || rows * columns > mostCells) return undefined
  const weights = b.data as ArrayLike<number>
  const [alongInner, alongColumns] = isTurned ? [1, inner] : [columns, 1]
  const data = new Float64Array(rows * columns)
  const origins = new Int32Array(data.length).fill(constant)
  for (let i = 0; i < rows; i++) {
    for (let begin = 0; begin < columns; begin += columnsInStep) {
      const end = Math.min(begin + columnsInStep, columns)
      for (let k = 0; k < inner; k++) {
        const [x, origin] = [Number(a.data[i * inner + k]), originAt(a, i * inner + k)]
        for (let j = begin; j < end; j++) {
          const [at, weight] = [i * columns + j, weights[k * alongInner + j * alongColumns]!]
          data[at]! += x * weight
          if (weight !== 0 && origins[at] !== origin) origins[at] = joinOrigins(origins[at]!, origin)
        }
        if ((k + 1) % productsInStep === 0) yield
      }
      for (let j = begin; j < end; j++) data[i * columns + j] = alpha * data[i * columns + j]! + (bias?.(j) ?? 0)
      yield
    }
  }
  return { dims: [rows, columns], data, origins }
}

/** The product of two tables, or of a stack of tables with one for each of them or one for all. */
function* products(a: Value, b: Value): Work<Value | undefined> {
  if (a.dims.length === 2) return yield* product(a, b)
  const [count, ...own] = a.dims as [number, ...number[]]
  const [others, ...dims] = b.dims as [number, ...number[]]
  if (own.length !== 2 || dims.length !== 2 || (others !== 1 && others !== count)) return undefined
  const tables: Value[] = []
  for (let k = 0; k < count; k++) {
    const made = yield* product(tableOf(a, own, k), tableOf(b, dims, others === 1 ? 0 : k))
    if (!made) return undefined
    tables.push({ ...made, dims: [1, ...made.dims] })
  }
  return yield* joined(tables, 0)
}

/** A table of a stack. */
function tableOf({ data, origins }: Value, dims: readonly number[], k: number): Value {
  const [begin, end] = [k * sizeOf(dims), (k + 1) * sizeOf(dims)]
  const cells = ArrayBuffer.isView(data)
    ? (data as Float64Array).subarray(begin, end)
    : Array.prototype.slice.call(data, begin, end)
  return { dims, data: cells, ...(origins && { origins: origins.subarray(begin, end) }) }
}

const gemm: Operator = (node, [x, weights, bias]) => {
  const attributes = attributesOf(node)
  if (!x || !weights || weights.origins || attributes.int('transA', 0) !== 0) return undefined
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)]
  const last = (bias?.data.length ?? 1) - 1
  return product(x, weights, {
    isTurned: attributes.int('transB', 0) !== 0,
    alpha,
    bias: bias && ((j) => beta * Number(bias.data[Math.min(j, last)])),
  })
}

/** What a reduction does with each cell before, and with the sum of so many after; others have the sum, or the largest, as it is. */
interface Reduction {
  readonly before?: (x: number) => number
  readonly after?: (sum: number, count: number) => number
}

const square = (x: number) => x * x

const reductions: Readonly<Record<string, Reduction>> = {
  ReduceMean: { after: (sum, count) => sum / count },
  ReduceL1: { before: Math.abs },
  ReduceL2: { before: square, after: Math.sqrt },
  ReduceSumSquare: { before: square },
}

/** The sum, the mean, the largest or the length of the cells along axes. */
const reduce: Operator = function* (node, [x, axes]) {
  if (!x) return undefined
  const attributes = attributesOf(node)
  const rank = x.dims.length
  const list = attributes.ints('axes') ?? (axes && Array.from(axes.data, Number)) ?? x.dims.map((_, axis) => axis)
  const places = new Set(list.map((axis) => (axis + rank) % rank))
  const kept = x.dims.map((size, axis) => (places.has(axis) ? 1 : size))
  const out = newCells(kept)
  if (!out || x.data.length === 0) return undefined
  const [strides, own] = [stridesOf(kept), stridesOf(x.dims)]
  const counts = new Float64Array(out.data.length)
  const { before: change, after } = reductions[node.opType] ?? {}
  yield* eachCell(x.data.length, (k) => {
    let at = 0
    for (const axis of kept.keys()) {
      if (!places.has(axis)) at += (Math.floor(k / own[axis]!) % x.dims[axis]!) * strides[axis]!
    }
    const [before, cell] = [out.data[at] as number, x.data[k] as number]
    const value = change ? change(cell) : cell
    const isFirst = counts[at] === 0
    out.data[at] = isFirst ? value : node.opType === 'ReduceMax' ? Math.max(before, value) : before + value
    out.origins[at] = joinOrigins(out.origins[at]!, originAt(x, k))
    counts[at]!++
  })
  if (after) {
    yield* eachCell(counts.length, (k) => {
      out.data[k] = after(Number(out.data[k]), counts[k]!)
    })
  }
  const dims = attributes.int('keepdims', 1) === 0 ? x.dims.filter((_, axis) => !places.has(axis)) : kept
  return { ...out, dims }
}

/** A function of each row of a table that mixes its columns; `width` is how many numbers it returns, as many as the row has if left out. */
export function* ofRows(
  x: Value | undefined,
  apply: (row: Row) => Work<ArrayLike<number>>,
  width?: number,
): Work<Value | undefined> {
  if (x?.dims.length !== 2) return undefined
  const [rows, columns] = x.dims as [number, number]
  const count = width ?? columns
  const out = newCells([rows, count])
  if (!out) return undefined
  const row = new Float64Array(columns)
  let computed = 0
  for (let i = 0; i < rows; i++) {
    computed += columns + count
    if (computed > cellsInStep) {
      yield
      computed = 0
    }
    let origin = constant
    yield* eachCell(columns, (j) => {
      row[j] = Number(x.data[i * columns + j])
      origin = joinOrigins(origin, originAt(x, i * columns + j))
    })
    const result = yield* apply(row)
    yield* eachCell(count, (j) => {
      out.data[i * count + j] = result[j]!
      out.origins[i * count + j] = origin
    })
  }
  return out
}

type Row = Float64Array

/** One number of all those of a row. */
export function* fold(row: Row, first: number, join: (result: number, value: number) => number): Work<number> {
  let result = first
  yield* eachCell(row.length, (j) => {
    result = join(result, row[j]!)
  })
  return result
}

/** A number for each of a row. */
export function* mapped(row: Row, apply: (value: number, j: number) => number): Work<Row> {
  const out = new Float64Array(row.length)
  yield* eachCell(row.length, (j) => {
    out[j] = apply(row[j]!, j)
  })
  return out
}

const add = (a: number, b: number) => a + b

export function* softmaxOf(row: Row): Work<Row> {
  const most = yield* fold(row, -Infinity, (a, b) => (b > a ? b : a))
  const powers = yield* mapped(row, (value) => Math.exp(value - most))
  const sum = yield* fold(powers, 0, add)
  return yield* mapped(powers, (value) => value / sum)
}

/** The place of the largest number, alone; the first of equal ones, and of NaN. */
export function* placeOfLargest(row: Row): Work<number[]> {
  let best = 0
  let hasNaN = false
  yield* eachCell(row.length, (j) => {
    hasNaN ||= Number.isNaN(row[j])
    if (row[j]! > row[best]!) best = j
  })
  return [hasNaN ? 0 : best]
}

const argMaxOfRows: Operator = function* (node, [x]) {
  const attributes = attributesOf(node)
  const axis = attributes.int('axis', 0)
  if (axis !== 1 && axis !== -1) return undefined
  const out = yield* ofRows(x, placeOfLargest, 1)
  return out && attributes.int('keepdims', 1) === 0 ? { ...out, dims: [out.dims[0]!] } : out
}

/** Of columns one by one: it mixes none. */
const batchNormalization: Operator = function* (node, [x, gamma, beta, mean, variance]) {
  const out = x && newCells(x.dims)
  if (x?.dims.length !== 2 || !out || !gamma || !beta || !mean || !variance) return undefined
  const epsilon = attributesOf(node).float('epsilon', 1e-5)
  yield* eachCell(out.data.length, (k) => {
    const [from, v, m, g, b] = [x, variance, mean, gamma, beta].map(({ data }, i) =>
      Number(data[i === 0 ? k : k % x.dims[1]!]),
    ) as [number, number, number, number, number]
    out.data[k] = ((from - m) / Math.sqrt(v + epsilon)) * g + b
    out.origins[k] = originAt(x, k)
  })
  return out
}

const layerNormalization: Operator = (node, [x, gamma, beta]) => {
  const epsilon = attributesOf(node).float('epsilon', 1e-5)
  return ofRows(x, function* (row) {
    const mean = (yield* fold(row, 0, add)) / row.length
    const squares = yield* fold(row, 0, (sum, v) => sum + (v - mean) ** 2)
    const root = Math.sqrt(squares / row.length + epsilon)
    return yield* mapped(row, (v, j) => ((v - mean) / root) * Number(gamma?.data[j] ?? 1) + Number(beta?.data[j] ?? 0))
  })
}

/** Operators that mix the columns of a row. */
export const sumOperators: Readonly<Record<string, Operator>> = {
  MatMul: (_, [a, b]) => (a && b && !b.origins ? products(a, b) : undefined),
  Gemm: gemm,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceL1: reduce,
  ReduceL2: reduce,
  ReduceSumSquare: reduce,
  Softmax: (node, [x]) => (Math.abs(attributesOf(node).int('axis', -1)) === 1 ? ofRows(x, softmaxOf) : undefined),
  ArgMax: argMaxOfRows,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
}

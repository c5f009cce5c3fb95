import { largestOf } from '../../../math/statistics.js'
import type { NodeProto } from '../proto/messages.js'
import { attributesOf } from './attributes.js'
import { functionOfNode, mostOperands } from './elementwise.js'
import type { NumberTensor } from './tensor.js'

/** A table of numbers that is broadcast: 1 row or column stands for any number. */
export interface Cells {
  readonly rows: number
  readonly columns: number
  readonly data: ArrayLike<number>
}

/** Cells of a result at most, beside four for each of its inputs: what is evaluated are a few rows. */
const fewCells = 1 << 16

/** A constant as a table; undefined for more than two dimensions. */
export function toCells({ dims, data }: NumberTensor): Cells | undefined {
  const sizes = dims.filter((size, k) => size !== 1 || k >= dims.length - 2)
  if (sizes.length > 2) return undefined
  const columns = sizes.at(-1) ?? 1
  if ((sizes.length === 2 ? sizes[0]! : 1) * columns !== data.length) return undefined
  return { rows: sizes.length === 2 ? sizes[0]! : 1, columns, data }
}

/**
 * The result of a node for tables; undefined for an operator that does not work number by number or row by row, and for sizes that
 * do not match.
 */
export function evaluate(node: NodeProto, inputs: readonly (Cells | undefined)[]): Cells | undefined {
  if (node.opType === 'ReduceMean' || node.opType === 'ReduceSum') return reduce(node, inputs)
  if (node.opType === 'Concat') return concat(node, inputs)
  const apply = functionOfNode(node)
  if (!apply || inputs.length > mostOperands) return undefined
  const isNamed = node.opType === 'Cast' || node.opType === 'Dropout'
  const tables = isNamed ? inputs.slice(0, 1) : inputs
  const present = tables.filter((table) => table !== undefined)
  const rows = Math.max(...present.map((table) => table.rows))
  const columns = Math.max(...present.map((table) => table.columns))
  const fits = present.every(
    (table) => (table.rows === 1 || table.rows === rows) && (table.columns === 1 || table.columns === columns),
  )
  const most = Math.max(fewCells, 4 * Math.max(...present.map(({ data }) => data.length)))
  if (!fits || present.length === 0 || rows * columns > most) return undefined
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++)
      data[i * columns + j] = apply(...(tables.map((table) => at(table, i, j)) as number[]))
  }
  return { rows, columns, data }
}

function at(table: Cells | undefined, i: number, j: number): number | undefined {
  return table?.data[(table.rows === 1 ? 0 : i * table.columns) + (table.columns === 1 ? 0 : j)]
}

/** The mean or the sum of each row. */
function reduce(node: NodeProto, [x, axes]: readonly (Cells | undefined)[]): Cells | undefined {
  const attributes = attributesOf(node)
  const axis = attributes.ints('axes') ?? (axes && Array.from(axes.data))
  if (!x || axis?.length !== 1 || (axis[0] !== 1 && axis[0] !== -1) || attributes.int('keepdims', 1) !== 1)
    return undefined
  const data = Float64Array.from({ length: x.rows }, (_, i) => {
    let sum = 0
    for (let j = 0; j < x.columns; j++) sum += x.data[i * x.columns + j]!
    return node.opType === 'ReduceMean' ? sum / x.columns : sum
  })
  return { rows: x.rows, columns: 1, data }
}

/** Tables side by side. */
function concat(node: NodeProto, inputs: readonly (Cells | undefined)[]): Cells | undefined {
  const axis = attributesOf(node).int('axis', 0)
  const [first] = inputs
  if (!first || (axis !== 1 && axis !== -1) || inputs.some((table) => table?.rows !== first.rows)) return undefined
  const tables = inputs as readonly Cells[]
  const columns = tables.reduce((sum, table) => sum + table.columns, 0)
  const most = Math.max(fewCells, 4 * largestOf(tables.map(({ data }) => data.length)))
  if (first.rows * columns > most) return undefined
  const data = new Float64Array(first.rows * columns)
  let begin = 0
  for (const table of tables) {
    for (let i = 0; i < table.rows; i++) {
      for (let j = 0; j < table.columns; j++) data[i * columns + begin + j] = table.data[i * table.columns + j]!
    }
    begin += table.columns
  }
  return { rows: first.rows, columns, data }
}

import type { NodeProto } from '../proto/messages.js'
import { attributesOf } from './attributes.js'
import { evaluate, toCells } from './cells.js'
import type { Graph } from './graph.js'
import type { NumberTensor } from './tensor.js'

/** Operators that move or rename the numbers of a constant. */
const keepsNumbers = new Set(['Identity', 'Cast', 'Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Dropout'])

/** Nodes in a row that make a constant of others, at most. */
const deepest = 32

/** Numbers that nodes make of constants, at most: more are assumed to be an attack. */
const mostFolded = 2 ** 26

/** The constants of a graph, and those that nodes make of them. */
export class Constants {
  readonly #graph: Graph
  /** Numbers that nodes have made so far. */
  #folded = 0
  readonly #known = new Map<string, NumberTensor | undefined>()

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** The numbers of a constant; undefined for a value that depends on rows. */
  get(name: string, depth = 0): NumberTensor | undefined {
    if (this.#known.has(name)) return this.#known.get(name)
    const tensor = this.#graph.tensor(name)
    const value = tensor ? this.#graph.decode(tensor) : this.#fold(this.#graph.maker(name), depth)
    this.#known.set(name, value)
    return value
  }

  /** The last number of a shape that is put together from parts; undefined where it depends on rows. */
  lastOf(name: string): number | undefined {
    const whole = this.get(name)
    if (whole) return whole.data.at(-1)
    const maker = this.#graph.maker(name)
    return maker?.opType === 'Concat' ? this.get(maker.input.at(-1)!)?.data.at(-1) : undefined
  }

  #fold(node: NodeProto | undefined, depth: number): NumberTensor | undefined {
    if (!node || depth > deepest || node.input.length === 0) return undefined
    if (node.opType === 'Constant') return constantOfAttributes(node)
    const inputs = node.input.map((name) => (name === '' ? undefined : this.get(name, depth + 1)))
    if (inputs.some((input, k) => input === undefined && node.input[k] !== '')) return undefined
    const [first] = inputs
    if (!first) return undefined
    if (keepsNumbers.has(node.opType)) return reshaped(node, first, inputs[1])
    if (node.opType === 'Transpose') return transposed(node, first)
    const cells = evaluate(
      node,
      inputs.map((input) => input && toCells(input)),
    )
    this.#folded += cells?.data.length ?? 0
    if (this.#folded > mostFolded) return undefined
    return cells && { dims: [cells.rows, cells.columns], data: Float64Array.from(cells.data) }
  }
}

function constantOfAttributes(node: NodeProto): NumberTensor | undefined {
  const attributes = attributesOf(node)
  const floats = attributes.floats('value_floats') ?? attributes.ints('value_ints')
  return floats && floats.length > 0 ? { dims: [floats.length], data: Float64Array.from(floats) } : undefined
}

function reshaped({ opType }: NodeProto, { dims, data }: NumberTensor, shape: NumberTensor | undefined): NumberTensor {
  if (opType === 'Squeeze') return { dims: dims.filter((size) => size !== 1), data }
  if (opType !== 'Reshape' || !shape) return { dims, data }
  const wanted = Array.from(shape.data, (size, k) => (size === 0 ? (dims[k] ?? 1) : size))
  const known = wanted.reduce((product, size) => (size === -1 ? product : product * size), 1)
  return { dims: wanted.map((size) => (size === -1 ? data.length / known : size)), data }
}

function transposed(node: NodeProto, { dims, data }: NumberTensor): NumberTensor | undefined {
  const order = attributesOf(node).ints('perm') ?? [1, 0]
  if (dims.length !== 2 || order.length !== 2) return undefined
  if (order[0] === 0) return { dims, data }
  const [rows, columns] = dims as [number, number]
  const out = new Float64Array(data.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!
  return { dims: [columns, rows], data: out }
}

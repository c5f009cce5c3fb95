import { eachInSteps, type Work } from '../../../../base/breathing.js'
import { largestOf } from '../../../../math/statistics.js'
import type { NodeProto } from '../../proto/messages.js'
import type { Graph } from '../graph.js'
import { nodeText, problem } from '../problem.js'
import { constantOf } from './constant.js'
import { elementwise } from './elementwise.js'
import { mlOperators } from './ml.js'
import { Notes } from './notes.js'
import { shapeOperators, split } from './shapes.js'
import { sumOperators } from './sums.js'
import { finish, type Value } from './value.js'
import { Values } from './values.js'

/** Cells that are read and written for a file, at most: more would take minutes. */
const mostWork = 2 ** 28

/** A node takes as long as so many cells, about, whatever it computes. */
const cellsOfStep = 8

/** Products that take as long as one cell, about. */
const productsInCell = 64

/** Cells of values and notes that are held at one time, at most: they take about 16 bytes each. */
const mostHeld = 2 ** 24

/** Computes values of a graph for a few rows, number by number: what a graph does is seen in what it makes of rows. */
export class Evaluator {
  readonly graph: Graph
  /** What was seen on the way. */
  readonly notes = new Notes()
  readonly #constants = new Map<string, Value>()
  #work = 0

  constructor(graph: Graph) {
    this.graph = graph
  }

  /** The nodes that values depend on, in order. */
  *nodesTo(...targets: readonly string[]): Work<NodeProto[]> {
    const needed = new Set(targets)
    const found: NodeProto[] = []
    yield* eachInSteps(this.graph.nodes.toReversed(), (node) => {
      if (!node.output.some((name) => needed.has(name))) return
      found.push(node)
      for (const name of node.input) needed.add(name)
    })
    return found.reverse()
  }

  /**
   * Some of the values that nodes make of those of the inputs; others are freed when their last reader has been computed.
   * @throws FormatError that names the node that cannot be computed.
   */
  *run(nodes: readonly NodeProto[], feeds: ReadonlyMap<string, Value>, wanted: readonly string[]): Work<Values> {
    const values = new Values(feeds)
    const readers = new Map(wanted.map((name) => [name, Number.POSITIVE_INFINITY]))
    yield* eachInSteps(nodes, ({ input }) => {
      for (const name of input) readers.set(name, (readers.get(name) ?? 0) + 1)
    })
    if (nodes[0]) this.count(nodes[0], values.cells)
    for (const node of nodes) {
      const isMade = yield* this.step(node, values)
      if (!isMade)
        throw problem(this.graph.file, `${nodeText(node)}: no preparation or layer of perceptra computes it.`)
      for (const name of node.input) readers.set(name, readers.get(name)! - 1)
      for (const name of [...node.input, ...node.output]) if (!readers.get(name)) values.delete(name)
      yield
    }
    return values
  }

  /** Adds what a node makes to the values; whether it could be computed. */
  *step(node: NodeProto, values: Values): Work<boolean> {
    this.count(node, cellsOfStep + node.input.length + node.output.length)
    const inputs = node.input.map((name) => (name === '' ? undefined : (values.get(name) ?? this.#constant(name))))
    const isReady = inputs.every((value, k) => value !== undefined || node.input[k] === '')
    if (!isReady) return false
    const read = cellsRead(node, inputs)
    this.count(node, read)
    const outputs = yield* this.#apply(node, inputs)
    const written = Math.max(...outputs.map((value) => value?.data.length ?? 0), 0)
    this.count(node, Math.max(0, written - read))
    for (const [k, value] of outputs.entries()) if (value && node.output[k]) values.set(node.output[k]!, value)
    if (values.cells + this.notes.cells > mostHeld) throw this.#tooLarge(node)
    return outputs.some((value) => value !== undefined)
  }

  /**
   * Counts work for a node, as cells.
   * @throws FormatError where it is too much for a file.
   */
  count(node: NodeProto, cells: number): void {
    this.#work += cells
    if (this.#work > mostWork) throw this.#tooLarge(node)
  }

  #tooLarge(node: NodeProto): Error {
    return problem(this.graph.file, `${nodeText(node)}: the preparation is too large to be found out.`)
  }

  *#apply(node: NodeProto, inputs: readonly (Value | undefined)[]): Work<(Value | undefined)[]> {
    const { opType } = node
    if (opType === 'Shape') return [shapeOf(inputs[0])]
    if (opType === 'Split') return yield* split(node, inputs)
    if (Object.hasOwn(mlOperators, opType)) return yield* finish(mlOperators[opType]!(node, inputs, this.notes))
    if (Object.hasOwn(shapeOperators, opType)) return [yield* finish(shapeOperators[opType]!(node, inputs))]
    if (Object.hasOwn(sumOperators, opType)) return [yield* finish(sumOperators[opType]!(node, inputs))]
    return [yield* elementwise(node, inputs, this.notes)]
  }

  #constant(name: string): Value | undefined {
    const known = this.#constants.get(name)
    if (known) return known
    const value = constantOf(this.graph, name)
    if (value) this.#constants.set(name, value)
    return value
  }
}

/** Cells that a node reads, about. Nodes that pick some cells of a table read these alone, which are its result. */
function cellsRead({ opType }: NodeProto, inputs: readonly (Value | undefined)[]): number {
  const sizes = inputs.map((value) => value?.data.length ?? 0)
  const [, second = 0] = sizes
  if (opType === 'Gather' || opType === 'ArrayFeatureExtractor') return second
  if (opType === 'Shape') return 0
  const isProduct = opType === 'MatMul' || opType === 'Gemm'
  const rows = isProduct ? (inputs[0]?.dims[0] ?? 0) : 0
  return Math.max(0, largestOf(sizes), (rows * second) / productsInCell)
}

function shapeOf(value: Value | undefined): Value | undefined {
  return value && { dims: [value.dims.length], data: value.dims }
}

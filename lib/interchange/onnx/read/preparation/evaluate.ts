import { Breather } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import type { Graph } from '../graph.js'
import { nodeText, problem } from '../problem.js'
import { constantOf } from './constant.js'
import { elementwise } from './elementwise.js'
import { mlOperators } from './ml.js'
import { Notes } from './notes.js'
import { shapeOperators } from './shapes.js'
import { sumOperators } from './sums.js'
import type { Value } from './value.js'

/** Cells that are computed for a file, at most: more would take minutes. */
const mostWork = 2 ** 28

/** Computes values of a graph for a few rows, number by number: what a graph does is seen in what it makes of rows. */
export class Evaluator {
  readonly graph: Graph
  /** What was seen on the way. */
  readonly notes = new Notes()
  readonly breather = new Breather()
  readonly #constants = new Map<string, Value>()
  #work = 0

  constructor(graph: Graph) {
    this.graph = graph
  }

  /** The nodes that a value depends on, in order. */
  nodesTo(target: string): NodeProto[] {
    const needed = new Set([target])
    const found = this.graph.nodes.toReversed().filter(({ input, output }) => {
      const isNeeded = output.some((name) => needed.has(name))
      if (isNeeded) for (const name of input) needed.add(name)
      return isNeeded
    })
    return found.reverse()
  }

  /**
   * All values that nodes make of those of the inputs, with turns of the event loop between nodes.
   * @throws FormatError that names the node that cannot be computed.
   */
  async run(nodes: Iterable<NodeProto>, feeds: ReadonlyMap<string, Value>): Promise<Map<string, Value>> {
    const values = new Map(feeds)
    for (const node of nodes) {
      if (!this.step(node, values)) {
        throw problem(this.graph.file, `${nodeText(node)}: no preparation or layer of perceptra computes it.`)
      }
      if (this.breather.isDue) await this.breather.turn()
    }
    return values
  }

  /** Adds what a node makes to the values; whether it could be computed. */
  step(node: NodeProto, values: Map<string, Value>): boolean {
    const inputs = node.input.map((name) => (name === '' ? undefined : (values.get(name) ?? this.#constant(name))))
    const isReady = inputs.every((value, k) => value !== undefined || node.input[k] === '')
    const outputs = isReady ? this.#apply(node, inputs) : []
    const sizes = [...inputs, ...outputs].map((value) => value?.data.length ?? 0)
    this.#work += Math.max(...sizes, 0)
    if (this.#work > mostWork) {
      throw problem(this.graph.file, `${nodeText(node)}: the preparation is too large to be found out.`)
    }
    for (const [k, value] of outputs.entries()) if (value && node.output[k]) values.set(node.output[k]!, value)
    return outputs.some((value) => value !== undefined)
  }

  #apply(node: NodeProto, inputs: readonly (Value | undefined)[]): (Value | undefined)[] {
    const { opType } = node
    if (opType === 'Shape') return [shapeOf(inputs[0])]
    if (Object.hasOwn(mlOperators, opType)) return mlOperators[opType]!(node, inputs, this.notes)
    if (Object.hasOwn(shapeOperators, opType)) return [shapeOperators[opType]!(node, inputs)]
    if (Object.hasOwn(sumOperators, opType)) return [sumOperators[opType]!(node, inputs)]
    return [elementwise(node, inputs, this.notes)]
  }

  #constant(name: string): Value | undefined {
    const known = this.#constants.get(name)
    if (known) return known
    const value = constantOf(this.graph, name)
    if (value) this.#constants.set(name, value)
    return value
  }
}

function shapeOf(value: Value | undefined): Value | undefined {
  return value && { dims: [value.dims.length], data: value.dims }
}

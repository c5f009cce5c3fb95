import { eachInSteps, type Work } from '../../../base/breathing.js'
import { describe } from '../../../base/check.js'
import { joinInSteps } from '../../../files/parts.js'
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../proto/messages.js'
import { nodeText, problem } from './problem.js'
import type { NumberTensor } from './tensor.js'

/** A graph with its nodes in an order in which inputs come first. */
export interface Graph {
  readonly file: string
  readonly name: string
  readonly nodes: readonly NodeProto[]
  /** Inputs that are no constants. */
  readonly inputs: readonly ValueInfoProto[]
  readonly outputs: readonly ValueInfoProto[]
  /** The node that makes a value. */
  maker(name: string): NodeProto | undefined
  /** The tensor of a constant. */
  tensor(name: string): TensorProto | undefined
  decode(tensor: TensorProto): NumberTensor
}

/** Bytes of a tensor that are not copied in one step. */
const largeBytes = 2 ** 20

/** Operators whose result is a constant that stands in the node. */
const constantOp = 'Constant'

/**
 * Orders the nodes, and finds the constants.
 * @throws FormatError for a cycle, for a value that nothing makes, or for one that two nodes make.
 */
export function* readGraph(
  graph: GraphProto,
  file: string,
  decode: (tensor: TensorProto) => NumberTensor,
): Work<Graph> {
  const tensors = new Map<string, TensorProto>()
  yield* eachInSteps(graph.initializer, (tensor) => tensors.set(tensor.name, tensor))
  // Floats that are aligned are read in place; a large copy would take long.
  for (const tensor of graph.initializer) {
    const { rawData } = tensor
    if (rawData.length >= largeBytes && rawData.byteOffset % 4 !== 0) tensor.rawData = yield* joinInSteps([rawData])
  }
  yield* eachInSteps(graph.node, (node) => {
    const value = node.opType === constantOp ? node.attribute.find(({ name }) => name === 'value')?.t : undefined
    if (value) tensors.set(node.output[0] ?? '', value)
  })
  const inputs = graph.input.filter(({ name }) => !tensors.has(name))
  const nodes = graph.node.filter(({ opType, output }) => opType !== constantOp || !tensors.has(output[0] ?? ''))
  const ordered = yield* inOrder(nodes, new Set([...tensors.keys(), ...inputs.map(({ name }) => name)]), file)
  const makers = new Map<string, NodeProto>()
  yield* eachInSteps(ordered, (node) => {
    for (const name of node.output) makers.set(name, node)
  })
  return {
    ...{ file, name: graph.name, nodes: ordered, inputs, outputs: graph.output, decode },
    maker: (name) => makers.get(name),
    tensor: (name) => tensors.get(name),
  }
}

function* inOrder(nodes: readonly NodeProto[], known: Set<string>, file: string): Work<NodeProto[]> {
  const makers = new Map<string, NodeProto>()
  yield* eachInSteps(nodes, (node) => {
    for (const name of node.output) {
      if (name === '') continue
      if (makers.has(name) || known.has(name)) throw problem(file, `${nodeText(node)} makes ${describe(name)} again.`)
      makers.set(name, node)
    }
  })
  const waiting = new Map<NodeProto, number>()
  const blocked = new Map<string, NodeProto[]>()
  const ready: NodeProto[] = []
  yield* eachInSteps(nodes, (node) => {
    const needs = new Set(node.input.filter((name) => name !== '' && !known.has(name)))
    for (const name of needs) {
      if (!makers.has(name)) throw problem(file, `${nodeText(node)} reads ${describe(name)}, which nothing makes.`)
      add(blocked, name, node)
    }
    waiting.set(node, needs.size)
    if (needs.size === 0) ready.push(node)
  })
  // The list grows while it is read.
  yield* eachInSteps(ready, (next) => {
    for (const name of next.output) {
      for (const node of blocked.get(name) ?? []) {
        const left = waiting.get(node)! - 1
        waiting.set(node, left)
        if (left === 0) ready.push(node)
      }
    }
  })
  if (ready.length === nodes.length) return ready
  const stuck = nodes.find((node) => waiting.get(node)! > 0)!
  throw problem(file, `${nodeText(stuck)} is part of a cycle.`)
}

function add(lists: Map<string, NodeProto[]>, name: string, node: NodeProto): void {
  const list = lists.get(name)
  if (list) list.push(node)
  else lists.set(name, [node])
}

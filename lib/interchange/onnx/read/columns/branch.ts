import { describe } from '../../../../base/check.js'
import type { ColumnPartOptions } from '../../../../factories/layers.js'
import type { NodeProto } from '../../proto/messages.js'
import type { Constants } from '../constants.js'
import type { Graph } from '../graph.js'
import type { Value } from '../preparation/value.js'
import type { Values } from '../preparation/values.js'
import { nodeText, problem } from '../problem.js'
import type { NumberTensor } from '../tensor.js'

/** The numbers that every column has in the rows for which the graph is computed: a missing code, the first code, and no code. */
export const probes = [-1, 0, 0.5] as const

/** A part of the layer that was read, with its tensors in the core's order. */
export interface ReadPart {
  readonly options: ColumnPartOptions
  readonly tensors: readonly Float32Array[]
}

/** Nodes of a part at most: those that `toOnnx` writes have about 20. */
const mostNodes = 64

/** The nodes that make one of the tables that are put side by side. */
export class Branch {
  readonly graph: Graph
  readonly constants: Constants
  readonly values: Values
  readonly name: string
  /** In the order of the graph, without those that only pick columns. */
  readonly nodes: readonly NodeProto[]

  /** @param places the place of each node in the graph. */
  constructor(
    context: Pick<Branch, 'graph' | 'constants' | 'values'>,
    name: string,
    places: ReadonlyMap<NodeProto, number>,
  ) {
    this.graph = context.graph
    this.constants = context.constants
    this.values = context.values
    this.name = name
    const found = new Set<NodeProto>()
    for (const names = [name]; names.length > 0 && found.size <= mostNodes; ) {
      const next = names.pop()!
      const node = this.graph.maker(next)
      if (!node || found.has(node) || isRaw(this.values.get(next))) continue
      found.add(node)
      for (const input of node.input) if (this.values.get(input)?.origins) names.push(input)
    }
    if (found.size > mostNodes) throw this.problem('no part of a columns layer has so many nodes')
    this.nodes = [...found].sort((a, b) => places.get(a)! - places.get(b)!)
  }

  get value(): Value {
    return this.values.get(this.name)!
  }

  /** The columns that a value is computed from, each once, in the order of its cells. */
  columnsOf({ dims, origins, data }: Value): number[] {
    const columns = Array.from(origins?.subarray(0, data.length / dims[0]!) ?? [-1])
    if (columns.some((column) => column < 0)) throw this.problem('a number of it does not come from one column')
    return [...new Set(columns)]
  }

  /** The constant of this many dimensions that is an input of the first node of an operator, in a part of the nodes. */
  constant(operator: string, rank: number, nodes: readonly NodeProto[] = this.nodes): NumberTensor {
    for (const { opType, input } of nodes) {
      if (opType !== operator) continue
      const tensor = input.map((name) => this.constants.get(name)).find((found) => found?.dims.length === rank)
      if (tensor) return tensor
    }
    throw this.problem(`no ${operator} of it has a constant of ${rank} dimensions`)
  }

  problem(why: string): Error {
    const { file, maker } = this.graph
    const node = maker(this.name)
    return problem(file, `${node ? nodeText(node) : describe(this.name)}: ${why}.`)
  }
}

/** Whether all cells are entries of the rows, as they came in. */
export function isRaw(value: Value | undefined): boolean {
  if (!value?.raw) return false
  const known = rawness.get(value.raw) ?? value.raw.every((flag) => flag === 1)
  rawness.set(value.raw, known)
  return known
}

const rawness = new WeakMap<Uint8Array, boolean>()

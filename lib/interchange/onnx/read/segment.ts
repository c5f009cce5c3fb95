import { eachInSteps, type Work } from '../../../base/breathing.js'
import type { NodeProto } from '../proto/messages.js'

/** Nodes that the rows pass through between two values through which all of them pass. */
export interface Segment {
  readonly nodes: readonly NodeProto[]
  /** The value at its end. */
  readonly output: string
}

/** Nodes of a segment at most: layer normalization, the longest, is written with about 15. */
const longest = 64

/**
 * @param nodes those that depend on the rows and that the output depends on.
 * @param target the name of the output.
 */
export function* routeOf(nodes: readonly NodeProto[], target: string): Work<Route> {
  const readers = new Map<string, number>()
  yield* eachInSteps(nodes, ({ input }) => {
    for (const name of new Set(input)) readers.set(name, (readers.get(name) ?? 0) + 1)
  })
  return new Route(nodes, target, readers)
}

/** The nodes that lead to an output, in order. */
export class Route {
  readonly #nodes: readonly NodeProto[]
  /** How many nodes read a value. */
  readonly #readers: ReadonlyMap<string, number>
  readonly #target: string
  /** The first node that may read the next value. */
  #next = 0

  constructor(nodes: readonly NodeProto[], target: string, readers: ReadonlyMap<string, number>) {
    this.#nodes = nodes
    this.#target = target
    this.#readers = readers
  }

  /**
   * The nodes from a value to the next one that everything depends on: one node in a chain, several where the value is read twice
   * and the results meet again, as in x · sigmoid(x). Undefined if they meet nowhere.
   */
  after(from: string): Segment | undefined {
    const inside = new Set([from])
    const nodes: NodeProto[] = []
    let waiting = this.#readers.get(from) ?? 0
    for (let k = this.#next; k < this.#nodes.length && nodes.length < longest; k++) {
      const node = this.#nodes[k]!
      const read = new Set(node.input.filter((name) => inside.has(name)))
      if (read.size === 0) continue
      nodes.push(node)
      const output = node.output.find((name) => name === this.#target || this.#readers.has(name)) ?? node.output[0]!
      inside.add(output)
      const after = this.#readers.get(output) ?? 0
      waiting += after - read.size
      if (waiting === after) {
        this.#next = k + 1
        return { nodes, output }
      }
    }
    return undefined
  }
}

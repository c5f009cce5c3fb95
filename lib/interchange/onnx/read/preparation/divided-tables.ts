import type { Norm } from '../../../../preprocessing/normalizer.js'
import { create, type NodeProto, NodeProtoSchema } from '../../proto/messages.js'
import { nodeText, problem } from '../problem.js'
import type { Division } from './divisions.js'
import type { Value } from './value.js'

/** Columns side by side whose rows are divided by their length: a table that a Normalizer transforms. */
export interface Divided {
  readonly norm: Norm
  readonly begin: number
  readonly width: number
}

interface DividedTable {
  readonly norm: Norm
  /** The last node of the division. */
  readonly node: NodeProto
  /** The origins of its columns before. */
  readonly columns: Int32Array
}

/**
 * Tables whose rows were divided by their length. Until the network begins their cells pass undivided, so that it is seen what becomes
 * of each column; their origins are new columns behind those of the inputs, so that no cell is taken for a function of one column.
 */
export class DividedTables {
  readonly #inputs: number
  /** By the origin of their first cell. */
  readonly #tables = new Map<number, DividedTable>()
  #next: number
  /** In place of the last node of each division one that passes its table on; undefined for the nodes before. */
  readonly #replaced = new Map<NodeProto, NodeProto | undefined>()
  /** Values with divided cells. */
  readonly #names = new Set<string>()

  /** @param inputs the number of columns of all inputs. */
  constructor(inputs: number) {
    this.#inputs = inputs
    this.#next = inputs
  }

  /** Whether a node is part of a division. */
  hasNode(node: NodeProto): boolean {
    return this.#replaced.has(node)
  }

  /** What takes the place of a node. */
  replacementOf(node: NodeProto): NodeProto | undefined {
    return this.#replaced.get(node)
  }

  /** Whether a value has divided cells. */
  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Notes that a node moves divided cells. */
  move({ output }: NodeProto): void {
    for (const name of output) this.#names.add(name)
  }

  /** Takes the nodes of a division out; returns the table that passes undivided. */
  divide({ from, nodes }: Division, norm: Norm, { dims, data, origins }: Value): Value {
    const node = nodes.at(-1)!
    for (const inner of nodes) this.#replaced.set(inner, undefined)
    const { name, output } = node
    this.#replaced.set(node, create(NodeProtoSchema, { opType: 'Identity', name, input: [from], output: [output[0]!] }))
    this.#names.add(output[0]!)
    const [first, width] = [this.#next, dims[1]!]
    this.#next += width
    this.#tables.set(first, { norm, node, columns: origins!.subarray(0, width) })
    return { dims, data, origins: origins!.map((_, k) => first + (k % width)) }
  }

  /**
   * The input column of each column of a table, and which of them were divided.
   * @throws FormatError where some columns of a divided table are missing or not in order.
   */
  resolve(origins: Int32Array, file: string): { origins: number[]; divided: Divided[] } {
    const [columns, divided] = [Array.from(origins), [] as Divided[]]
    for (let begin = 0; begin < origins.length; ) {
      const first = origins[begin]!
      if (first < this.#inputs) {
        begin++
        continue
      }
      const table = this.#tables.get(first)
      const width = table?.columns.length ?? 0
      for (let place = 0; place < width; place++) {
        if (origins[begin + place] !== first + place) throw this.#problem(first, file)
        columns[begin + place] = table!.columns[place]!
      }
      if (!table) throw this.#problem(first, file)
      divided.push({ norm: table.norm, begin, width })
      begin += width
    }
    return { origins: columns, divided }
  }

  #problem(origin: number, file: string): Error {
    const [, { node }] = [...this.#tables].findLast(([first]) => first <= origin)!
    return problem(file, `${nodeText(node)}: its columns are taken apart before the network, which is not read.`)
  }
}

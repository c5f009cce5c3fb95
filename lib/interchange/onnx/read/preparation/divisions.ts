import { eachInSteps, type Work } from '../../../../base/breathing.js'
import { lengths, type Norm } from '../../../../preprocessing/normalizer.js'
import type { NodeProto } from '../../proto/messages.js'
import type { Evaluator } from './evaluate.js'
import { constant, eachCell, type Value } from './value.js'
import { Values } from './values.js'

/** Nodes that may divide each row of a table by its length. */
export interface Division {
  /** The table. */
  readonly from: string
  /** In order; the last one makes the result. */
  readonly nodes: readonly NodeProto[]
}

/** Inputs of a node of a division at most. */
const mostInputs = 8
/** Cells of its computed constants at most: axes, exponents and epsilons have one. */
const mostCells = 64

/** How the values of a graph depend on each other. */
export interface Dependence {
  /** The nodes to the target, in order. */
  readonly all: readonly NodeProto[]
  /** Those of them that depend on rows. */
  readonly dependent: ReadonlySet<NodeProto>
  /** The nodes that read each value. */
  readonly readers: ReadonlyMap<string, readonly NodeProto[]>
  /** The inputs, and the values that depend on them. */
  readonly known: ReadonlySet<string>
}

/** Nodes of a division at most: those that exporters write have about 8. */
const mostNodes = 16

/** The divisions of a graph, by their last node. */
export function* divisionsOf(
  dependence: Dependence,
  maker: (name: string) => NodeProto | undefined,
): Work<Map<NodeProto, Division>> {
  const { all } = dependence
  const places = new Map(all.map((node, k) => [node, k]))
  const divisions = new Map<NodeProto, Division>()
  yield* eachInSteps(all, (node) => {
    const nodes = node.opType === 'Normalizer' ? [node] : nodesOf(node, dependence, maker)
    const ordered = nodes?.toSorted((a, b) => places.get(a)! - places.get(b)!)
    if (ordered) divisions.set(node, { from: node.input[0]!, nodes: ordered })
  })
  return divisions
}

/** The nodes between a table and its quotient; undefined if others read what they make. */
function nodesOf(
  last: NodeProto,
  { dependent, readers, known }: Dependence,
  maker: (name: string) => NodeProto | undefined,
): NodeProto[] | undefined {
  if (last.opType !== 'Div' || last.input.length !== 2) return undefined
  const [from, length] = last.input as [string, string]
  const inner = new Set<NodeProto>()
  for (const names = [length]; names.length > 0; ) {
    const name = names.pop()!
    const node = maker(name)
    if (name === from || !known.has(name) || (node && inner.has(node))) continue
    // An input of the graph, or more nodes.
    if (!node || !dependent.has(node) || inner.size === mostNodes || node.input.length > mostInputs) return undefined
    inner.add(node)
    for (const input of node.input) names.push(input)
  }
  const isOwn = (name: string) => (readers.get(name) ?? []).every((node) => node === last || inner.has(node))
  const nodes = [...inner]
  if (!nodes.some(({ opType }) => opType.startsWith('Reduce'))) return undefined
  return nodes.every(({ output }) => output.every(isOwn)) ? [...nodes, last] : undefined
}

/**
 * The length by which a division divides, as it is computed for a row of a width and one of zeros, which must stay zeros or become
 * NaN; undefined if it does something else.
 */
export function* normOf(
  evaluator: Evaluator,
  { from, nodes }: Division,
  { dims }: Value,
  constants: Values,
): Work<Norm | undefined> {
  const width = dims[1]!
  // Both rows are made, and compared with each norm.
  evaluator.count(nodes[0]!, 5 * width)
  const row = new Float64Array(width)
  // The largest absolute value is that of a negative number.
  yield* eachCell(width, (j) => {
    row[j] = j === 0 ? -7 : 3 * Math.sin(j * 1.7 + 0.3)
  })
  const rows = new Float64Array(2 * width)
  rows.set(row)
  const values = new Values([[from, { dims: [2, width], data: rows }]])
  for (const name of nodes.flatMap(({ input }) => input)) {
    const value = constants.get(name)
    if (!value || value.data.length > mostCells || values.has(name)) continue
    if (value.origins?.every((origin) => origin === constant) ?? true) values.set(name, value)
  }
  for (const node of nodes) if (!(yield* evaluator.step(node, values))) return undefined
  const made = values.get(nodes.at(-1)!.output[0]!)
  if (made?.dims.length !== 2 || made.data.length !== 2 * width) return undefined
  if (!(yield* areAll(width, (j) => !made.data[width + j]))) return undefined
  for (const norm of ['l2', 'l1', 'max'] as const) {
    const length = lengths[norm](row, 0, width)
    yield
    if (yield* areAll(width, (j) => isEqual(made, j, row[j]! / length))) return norm
  }
  return undefined
}

const isEqual = ({ data }: Value, j: number, expected: number) => Math.abs(Number(data[j]) - expected) <= 1e-9

function* areAll(count: number, test: (k: number) => boolean): Work<boolean> {
  let all = true
  yield* eachCell(count, (k) => {
    all &&= test(k)
  })
  return all
}

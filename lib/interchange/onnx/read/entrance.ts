import { eachInSteps, type Work } from '../../../base/breathing.js'
import { describe } from '../../../base/check.js'
import type { NodeProto, ValueInfoProto } from '../proto/messages.js'
import { TensorProto_DataType as T } from '../proto/messages.js'
import { attributesOf } from './attributes.js'
import { readChain } from './chain.js'
import { cutsColumns, type FoundColumns, readColumns } from './columns/read-columns.js'
import { Constants } from './constants.js'
import type { Graph } from './graph.js'
import { problem } from './problem.js'
import { routeOf } from './segment.js'
import { Stack } from './stack.js'

/** Where the rows begin. */
interface Entrance {
  readonly from: string
  readonly columns: number | undefined
  /** Nodes that only put inputs together. */
  readonly passed: ReadonlySet<NodeProto>
}

/** The layers of a network, and the columns layer that they begin with, which is not yet compared with the graph. */
export interface ReadStack {
  readonly stack: Stack
  readonly columns?: FoundColumns
}

/**
 * Reads the chain of nodes from the rows to the output.
 * @param mayCut whether it may begin with a columns layer.
 */
export function* readNetwork(graph: Graph, mayCut: boolean): Work<ReadStack> {
  const constants = new Constants(graph)
  const target = targetOf(graph)
  const nodes = yield* nodesTo(graph, target, constants)
  const inputs = yield* usedInputs(graph, nodes)
  const names = inputs.map(({ name }) => name)
  const isCut = mayCut && cutsColumns(nodes, new Set(names))
  const entrance = isCut ? undefined : yield* entranceOf(nodes, inputs)
  if (entrance) {
    const { from, columns, passed } = entrance
    const rest = nodes.filter((node) => !passed.has(node))
    const stack = new Stack(columns)
    yield* readChain({ file: graph.file, route: yield* routeOf(rest, target), from, target, stack, constants })
    return { stack }
  }
  const columns = mayCut ? yield* readColumns({ ...graph, inputs }, nodes, constants, target) : undefined
  if (!columns) {
    const some = names.slice(0, mostListed).map(describe)
    const list = `${some.join(', ')}${names.length > mostListed ? `, and ${names.length - mostListed} more` : ''}`
    if (names.length > 1)
      throw problem(graph.file, `it has the inputs ${list}, which no node puts side by side as columns of one table.`)
    throw problem(graph.file, `no node puts the columns of its input ${list} side by side as one table.`)
  }
  const { layer, tensors, scaling, output: from, rest } = columns
  const stack = new Stack(columns.inputs.columns.length)
  stack.columns(layer, tensors)
  if (scaling) stack.affine(scaling.scale, scaling.shift)
  yield* readChain({ file: graph.file, route: yield* routeOf(rest, target), from, target, stack, constants })
  return { stack, columns }
}

/** The output to read: the first of floats, since labels follow from them; of several, those that skl2onnx calls probabilities. */
export function targetOf({ outputs, file, maker }: Graph): string {
  const isFloat = ({ type }: ValueInfoProto) => {
    const elements = type?.value.case === 'tensorType' ? type.value.value.elemType : undefined
    return elements === T.FLOAT || elements === T.DOUBLE || elements === T.FLOAT16 || elements === T.BFLOAT16
  }
  const [only] = outputs
  if (!only) throw problem(file, 'its graph has no output.')
  const mapped = outputs.find(({ name }) => maker(name)?.opType === 'ZipMap')
  return (outputs.find(isFloat) ?? mapped ?? only).name
}

/** The nodes that a value depends on and that depend on rows, in order. */
function* nodesTo(graph: Graph, target: string, constants: Constants): Work<NodeProto[]> {
  const needed = new Set([target])
  const found: NodeProto[] = []
  yield* eachInSteps(graph.nodes.toReversed(), (node) => {
    if (!node.output.some((name) => needed.has(name))) return
    if (node.output.every((name) => constants.get(name) !== undefined)) return
    found.push(node)
    // How rows are counted, for a new shape, is no computation with them.
    const inputs = node.opType === 'Reshape' ? node.input.slice(0, 1) : node.input
    for (const name of inputs) needed.add(name)
  })
  return found.reverse()
}

/** Inputs that a message lists. */
const mostListed = 6

/** The inputs that nodes read. */
function* usedInputs(graph: Graph, nodes: readonly NodeProto[]): Work<ValueInfoProto[]> {
  const read = new Set<string>()
  yield* eachInSteps(nodes, ({ input }) => {
    for (const name of input) read.add(name)
  })
  const used = graph.inputs.filter(({ name }) => read.has(name))
  if (used.length === 0) throw problem(graph.file, 'its output does not depend on its inputs.')
  for (const input of used) checkType(graph.file, input)
  return used
}

/** One input of rows, or one a column that a node puts side by side; undefined for other nodes behind several inputs. */
function* entranceOf(nodes: readonly NodeProto[], used: readonly ValueInfoProto[]): Work<Entrance | undefined> {
  const [only, ...others] = used as [ValueInfoProto, ...ValueInfoProto[]]
  if (others.length === 0) return { from: only.name, columns: widthOf(only), passed: new Set() }
  const isUsed = new Set(used.map(({ name }) => name))
  const casts = nodes.filter(({ opType, input }) => opType === 'Cast' && isUsed.has(input[0]!))
  // The first cast of each input.
  const castOf = new Map(casts.toReversed().map(({ input, output }) => [input[0]!, output[0]!]))
  const inputs = new Map(used.map((input) => [castOf.get(input.name) ?? input.name, input]))
  const concat = yield* concatOf(nodes, inputs)
  const axis = concat && attributesOf(concat).int('axis', 0)
  if (!concat || (axis !== 1 && axis !== -1) || concat.input.length !== inputs.size) return undefined
  const ordered = concat.input.map((name) => inputs.get(name)!)
  const widths = ordered.map((input) => widthOf(input))
  const columns = widths.some((width) => width === undefined) ? undefined : widths.reduce((a, b) => a! + b!, 0)
  return { from: concat.output[0]!, columns, passed: new Set([...casts, concat]) }
}

/** The first node that puts all of these values together. */
function* concatOf(nodes: readonly NodeProto[], values: ReadonlyMap<string, unknown>): Work<NodeProto | undefined> {
  for (const node of nodes) {
    if (node.opType !== 'Concat') continue
    if (new Set(node.input.filter((name) => values.has(name))).size === values.size) return node
    yield
  }
  return undefined
}

function checkType(file: string, { name, type }: ValueInfoProto): void {
  const elements = type?.value.case === 'tensorType' ? type.value.value.elemType : undefined
  if (elements !== T.STRING && elements !== undefined) return
  throw problem(
    file,
    `its input ${describe(name)} is ${elements === T.STRING ? 'of strings' : 'no tensor'}: rows of numbers can be read.`,
  )
}

/** Columns of an input at most that are believed without weights for them: vectors are made of as many. */
const mostColumns = 2 ** 24

/** The numbers of a row: the product of all dimensions but the first; undefined if one is not known. */
function widthOf({ type }: ValueInfoProto): number | undefined {
  const shape = type?.value.case === 'tensorType' ? type.value.value.shape : undefined
  if (!shape) return undefined
  const sizes = shape.dim.slice(1).map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : Number.NaN))
  const width = sizes.reduce((product, size) => product * size, 1)
  return width >= 1 && width <= mostColumns ? width : undefined
}

import { eachInSteps, type Work } from '../../../../base/breathing.js'
import { ArgumentError, FormatError } from '../../../../base/errors.js'
import { columns } from '../../../../factories/layers.js'
import { outputsOfPart } from '../../../../spec/columns.js'
import type { ColumnsSpec } from '../../../../spec/layer-spec.js'
import { outputsOfLayer } from '../../../../spec/layer-tensors.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import type { Constants } from '../constants.js'
import type { Graph } from '../graph.js'
import { Evaluator } from '../preparation/evaluate.js'
import { type Inputs, readInputs } from '../preparation/inputs.js'
import { mixed, type Value } from '../preparation/value.js'
import type { Values } from '../preparation/values.js'
import { nodeText, problem } from '../problem.js'
import { probes } from './branch.js'
import { checkScaled } from './far.js'
import { meetingsOf } from './meetings.js'
import { partsOf, type ScaledPart } from './parts.js'

/** A columns layer that was read from the first nodes of a graph. */
export interface FoundColumns {
  readonly layer: ColumnsSpec
  readonly tensors: readonly Float32Array[]
  /** A scaling of the outputs, if some columns have one. */
  readonly scaling: { readonly scale: Float64Array; readonly shift: Float64Array } | undefined
  /** The value that the layer computes. */
  readonly output: string
  /** The nodes behind it. */
  readonly rest: readonly NodeProto[]
  readonly inputs: Inputs
  readonly evaluator: Evaluator
}

/** Operators that pass rows on as they are. */
const passesRows = new Set(['Cast', 'Identity', 'Dropout'])

/** Whether nodes take some columns out of the rows: it is no chain of layers then, or one that begins with a columns layer. */
export function cutsColumns(nodes: readonly NodeProto[], inputs: ReadonlySet<string>): boolean {
  const sources = new Set(inputs)
  return nodes.some((node) => {
    if (!sources.has(node.input[0]!)) return false
    if (passesRows.has(node.opType)) sources.add(node.output[0]!)
    if (node.opType === 'Gather') return attributesOf(node).int('axis', 0) !== 0
    return node.opType === 'Slice' || node.opType === 'Split' || node.opType === 'Transpose'
  })
}

/**
 * Reads the nodes that send columns to parts and put the results side by side. The graph is computed for some rows: that tells which
 * numbers come from which column, and where its codes begin.
 * @param nodes those between the rows and the target.
 * @throws FormatError with the node that no part computes; `FoundColumns` is not yet compared with the graph.
 */
export function* readColumns(
  graph: Graph,
  nodes: readonly NodeProto[],
  constants: Constants,
  target: string,
): Work<FoundColumns | undefined> {
  const inputs = yield* readInputs(graph)
  const evaluator = new Evaluator(graph)
  const names = graph.inputs.map(({ name }) => name)
  let found: FoundColumns | undefined
  let refusal: unknown
  for (const { output, nodes: count } of yield* meetingsOf(nodes, names, target)) {
    let isComputed = false
    try {
      const values = yield* computed(evaluator, inputs, output)
      isComputed = true
      const value = values.get(output)!
      if (!isTable(value)) continue
      const parts = yield* partsOf({ graph, constants, values }, output)
      const read = layerOf(graph, parts, output, value.dims[1]!)
      yield* checkScaled(evaluator, inputs, parts)
      found = { ...read, output, rest: nodes.slice(count), inputs, evaluator }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      refusal ??= error
      // The layer ends before.
      if (!isComputed) break
    }
  }
  if (!found && refusal) throw refusal
  return found
}

/**
 * The values of the nodes up to one of them, for the probes in every column.
 * @throws FormatError where a node computes a number from several columns.
 */
function* computed(evaluator: Evaluator, inputs: Inputs, output: string): Work<Values> {
  const nodes = yield* evaluator.nodesTo(output)
  const made = nodes.flatMap((node) => node.output)
  const feeds = yield* inputs.feed(probes.length, (row, column) => {
    return inputs.columns[column]!.kind === 'integer' ? Math.trunc(probes[row]!) : probes[row]!
  })
  const values = yield* evaluator.run(nodes, feeds, [...feeds.keys(), ...made])
  yield* eachInSteps(nodes, (node) => {
    if (!node.output.some((name) => values.get(name)?.origins?.includes(mixed))) return
    throw problem(evaluator.graph.file, `${nodeText(node)}: it mixes columns before they are put side by side.`)
  })
  return values
}

/** Whether a value has a row for each of the probes, with the same columns in each. */
function isTable({ dims, origins }: Value): boolean {
  const [rows, width] = dims
  if (dims.length !== 2 || rows !== probes.length || !origins) return false
  return origins.every((column, k) => column === origins[k % width!])
}

function layerOf(
  { file, maker }: Graph,
  parts: readonly ScaledPart[],
  output: string,
  width: number,
): Pick<FoundColumns, 'layer' | 'tensors' | 'scaling'> {
  const where = nodeText(maker(output)!)
  let layer: ColumnsSpec
  try {
    layer = columns({ parts: parts.map(({ options }) => options) })
  } catch (cause) {
    // Sizes that no part has.
    if (cause instanceof ArgumentError) throw problem(file, `${where}: ${cause.message}`, { cause })
    throw cause
  }
  if (outputsOfLayer(layer, 0) !== width) throw problem(file, `${where}: its parts do not fit its ${width} columns.`)
  const isScaled = parts.some(({ scale }) => scale)
  const wide = (key: 'scale' | 'shift', standard: number) =>
    Float64Array.from(
      layer.parts.flatMap((part, k) => parts[k]![key] ?? new Array<number>(outputsOfPart(part)).fill(standard)),
    )
  return {
    layer,
    tensors: parts.flatMap((part) => part.tensors),
    scaling: isScaled ? { scale: wide('scale', 1), shift: wide('shift', 0) } : undefined,
  }
}

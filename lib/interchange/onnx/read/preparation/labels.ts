import type { Work } from '../../../../base/breathing.js'
import type { Label } from '../../../../learning/labels.js'
import { type NodeProto, TensorProto_DataType as T, type ValueInfoProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import type { Graph } from '../graph.js'
import { problem } from '../problem.js'
import { constantOf } from './constant.js'
import type { Evaluator } from './evaluate.js'
import type { Value } from './value.js'
import { Values } from './values.js'

const labelTypes: readonly number[] = [T.STRING, T.INT64, T.INT32, T.BOOL, T.DOUBLE]

/** The output of labels, beside that of numbers; undefined where there is none. */
export function labelOutput(outputs: readonly ValueInfoProto[], target: string): ValueInfoProto | undefined {
  return outputs.find(({ name, type }) => {
    const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined
    const isRow = (tensor?.shape?.dim.length ?? 1) === 1
    return name !== target && tensor !== undefined && isRow && labelTypes.includes(tensor.elemType)
  })
}

/**
 * The labels in the order of the columns of probabilities, as the graph itself gives them for some rows.
 * @param chosen the column of the largest probability, row by row; below 0 where there is none.
 * @throws FormatError where labels do not follow from the largest probability.
 */
export function* readLabels(
  evaluator: Evaluator,
  output: ValueInfoProto,
  labels: Value,
  chosen: readonly number[],
  count: number,
): Work<Label[]> {
  const { graph } = evaluator
  const tensor = output.type!.value.value as { elemType: number }
  const isBoolean = tensor.elemType === T.BOOL
  const lists = yield* tablesOf(evaluator, output.name, count)
  const given = Array.from(labels.data)
  const fitting = lists.filter((list) => chosen.every((place, row) => place < 0 || list[place] === given[row]))
  const [found, ...others] = new Map(fitting.map((list) => [JSON.stringify(list), list])).values()
  if (others.length > 0) {
    throw problem(graph.file, `its output '${output.name}' may have the labels ${found} or ${others[0]}.`)
  }
  if (found) return isBoolean ? found.map((value) => value !== 0) : (found as Label[])
  throw problem(graph.file, `its output '${output.name}' is not the label of the largest probability.`)
}

/** Lists of labels in the nodes to the output, each as the nodes after it make labels of it. */
function* tablesOf(evaluator: Evaluator, output: string, count: number): Work<(number | string)[][]> {
  const nodes = yield* evaluator.nodesTo(output)
  const tables: (number | string)[][] = []
  for (const [k, node] of nodes.entries()) {
    yield
    const dims = node.opType === 'ArrayFeatureExtractor' ? [1, count] : [count]
    for (const data of listsOf(evaluator, node, count)) {
      const after = yield* passedOn(evaluator, { dims, data }, node.output[0]!, nodes.slice(k + 1))
      const list = after?.get(output)
      const isWhole = list?.data.length === count && new Set(Array.from(list.data)).size === count
      if (isWhole) tables.push(Array.from(list.data))
    }
  }
  return tables
}

/** What nodes make of a value alone; undefined where one cannot be computed. */
function* passedOn(
  evaluator: Evaluator,
  value: Value,
  name: string,
  nodes: readonly NodeProto[],
): Work<Values | undefined> {
  const values = new Values([[name, value]])
  for (const node of nodes) {
    evaluator.count(node, 1)
    const reads = node.input.some((one) => values.has(one))
    if (reads && !(yield* evaluator.step(node, values))) return undefined
    yield
  }
  return values
}

/** The labels that a node may give, in the order of the classes: as many as there are classes. */
function listsOf({ graph }: Evaluator, node: NodeProto, count: number): (readonly (number | string)[])[] {
  return candidatesOf(graph, node).filter(({ length }) => length === count)
}

function candidatesOf(graph: Graph, node: NodeProto): (readonly (number | string)[])[] {
  const attributes = attributesOf(node)
  const classes = attributes.listOf('classlabels_strings', 'classlabels_ints', 'classlabels_int64s')
  if (classes) return [classes]
  if (node.opType === 'LabelEncoder') {
    const keys = attributes.listOf('keys_int64s', 'keys_floats', 'keys_strings')
    const values = attributes.listOf('values_strings', 'values_int64s', 'values_floats')
    if (!keys || !values) return [attributes.listOf('classes_strings') ?? []]
    const places = new Map(keys.map((key, k) => [key, k]))
    const order = keys.map((_, place) => places.get(place))
    return [order.includes(undefined) ? values : order.map((at) => values[at!]!)]
  }
  if (node.opType !== 'Gather' && node.opType !== 'ArrayFeatureExtractor') return []
  const table = constantOf(graph, node.input[0]!)
  return table ? [Array.from(table.data)] : []
}

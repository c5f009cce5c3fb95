import type { Label } from '../../../../learning/labels.js'
import { type NodeProto, TensorProto_DataType as T, type ValueInfoProto } from '../../proto/messages.js'
import { Attributes } from '../attributes.js'
import { problem } from '../problem.js'
import { constantOf } from './constant.js'
import type { Evaluator } from './evaluate.js'
import type { Value } from './value.js'

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
export function readLabels(
  evaluator: Evaluator,
  output: ValueInfoProto,
  labels: Value,
  chosen: readonly number[],
  count: number,
): Label[] {
  const { graph } = evaluator
  const tensor = output.type!.value.value as { elemType: number }
  const isBoolean = tensor.elemType === T.BOOL
  const lists = tablesOf(evaluator, output.name, count)
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
function tablesOf(evaluator: Evaluator, output: string, count: number): (number | string)[][] {
  const nodes = evaluator.nodesTo(output)
  return nodes.flatMap((node, k) => {
    const dims = node.opType === 'ArrayFeatureExtractor' ? [1, count] : [count]
    return listsOf(evaluator, node).flatMap((data) => {
      if (data.length !== count) return []
      const values = new Map<string, Value>([[node.output[0]!, { dims, data }]])
      for (const next of nodes.slice(k + 1)) {
        if (!next.input.some((name) => values.has(name))) continue
        if (!evaluator.step(next, values)) return []
      }
      const list = values.get(output)
      const isWhole = list?.data.length === count && new Set(Array.from(list.data)).size === count
      return isWhole ? [Array.from(list.data)] : []
    })
  })
}

/** The labels that a node may give, in the order of the classes. */
function listsOf({ graph }: Evaluator, node: NodeProto): (number | string)[][] {
  const attributes = new Attributes(node)
  const classes = attributes.listOf('classlabels_strings', 'classlabels_ints', 'classlabels_int64s')
  if (classes) return [classes]
  if (node.opType === 'LabelEncoder') {
    const keys = attributes.listOf('keys_int64s', 'keys_floats', 'keys_strings')
    const values = attributes.listOf('values_strings', 'values_int64s', 'values_floats')
    if (!keys || !values) return [attributes.listOf('classes_strings') ?? []]
    const order = keys.map((_, place) => keys.indexOf(place))
    return [order.includes(-1) ? values : order.map((at) => values[at]!)]
  }
  if (node.opType !== 'Gather' && node.opType !== 'ArrayFeatureExtractor') return []
  const table = constantOf(graph, node.input[0]!)
  return table ? [Array.from(table.data)] : []
}

import type { Label } from '../../../../learning/labels.js'
import { TensorProto_DataType as T, type ValueInfoProto } from '../../proto/messages.js'
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
  const candidates = evaluator.nodesTo(output.name).flatMap((node) => {
    const attributes = new Attributes(node)
    const lists = ['classlabels_strings', 'classlabels_ints', 'classlabels_int64s', 'values_strings', 'values_int64s']
    const own = lists.map((name) => attributes.listOf(name))
    const constants = node.input.map((name) => {
      const value = graph.tensor(name) ? constantOf(graph, name) : undefined
      return value && Array.from(value.data)
    })
    return [...own, ...constants].filter((list) => list?.length === count && new Set(list).size === count)
  })
  const given = Array.from(labels.data)
  const fits = (list: readonly (number | string)[]) =>
    chosen.every((place, row) => place < 0 || list[place] === given[row])
  const found = candidates.find((list) => fits(list!))
  if (found) return isBoolean ? found.map((value) => value !== 0) : (found as Label[])
  throw problem(graph.file, `its output '${output.name}' is not the label of the largest probability.`)
}

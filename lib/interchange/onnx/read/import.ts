import { Breather, runBreathing } from '../../../base/breathing.js'
import { FormatError } from '../../../base/errors.js'
import type { Pipeline } from '../../../pipeline/pipeline.js'
import type { Sequential } from '../../../sequential.js'
import { type TensorProto, TensorProto_DataType } from '../proto/messages.js'
import { buildNetwork } from './build.js'
import { readNetwork } from './entrance.js'
import { externalReader } from './external.js'
import { readOnnxFile } from './file.js'
import { type Graph, readGraph } from './graph.js'
import { problem } from './problem.js'
import { readTensor } from './tensor.js'

/** The network of an ONNX file, or the pipeline where columns are prepared before it. */
export async function importModel(
  source: string | Uint8Array,
  seed: number | undefined,
): Promise<Sequential | Pipeline> {
  // The turn before has loaded this code.
  await new Breather().turn()
  const file = await readOnnxFile(source)
  const external = externalReader(file)
  const decode = (tensor: TensorProto) => readTensor(tensor, file.name, external)
  const graph = await runBreathing(readGraph(file.model.graph!, file.name, decode), undefined)
  if (!preparesColumns(graph)) return networkOf(graph, seed)
  try {
    return await networkOf(graph, seed)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const { readPipeline } = await import('./preparation/read-pipeline.js')
    try {
      return await readPipeline(graph, seed)
    } catch (second) {
      // Why it is no network either.
      if (second instanceof FormatError) second.cause ??= error
      throw second
    }
  }
}

/** Operators with which columns are prepared, and no layer is written. */
const preparing = new Set([
  ...['OneHotEncoder', 'LabelEncoder', 'Imputer', 'Scaler', 'ArrayFeatureExtractor', 'FeatureVectorizer', 'Binarizer'],
  ...['CategoryMapper', 'IsNaN', 'Equal', 'Concat'],
])

function preparesColumns({ inputs, nodes }: Graph): boolean {
  const areTables = inputs.every(({ type }) => {
    return type?.value.case === 'tensorType' && type.value.value.shape?.dim.length === 2
  })
  if (!areTables) return false
  const isDouble = inputs.some(({ type }) => {
    const elements = type?.value.case === 'tensorType' ? type.value.value.elemType : undefined
    return elements === TensorProto_DataType.STRING || elements === TensorProto_DataType.DOUBLE
  })
  return isDouble || nodes.some(({ opType }) => preparing.has(opType))
}

async function networkOf(graph: Graph, seed: number | undefined): Promise<Sequential> {
  const stack = await runBreathing(readNetwork(graph), undefined)
  if (stack.inputs === undefined) throw problem(graph.file, 'nothing tells how many columns the rows have.')
  return buildNetwork(graph, stack, seed)
}

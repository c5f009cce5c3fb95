import { Breather, runBreathing } from '../../../base/breathing.js'
import { FormatError } from '../../../base/errors.js'
import type { Pipeline } from '../../../pipeline/pipeline.js'
import type { Sequential } from '../../../sequential.js'
import { type TensorProto, TensorProto_DataType } from '../proto/messages.js'
import { buildNetwork } from './build.js'
import { checkColumns } from './columns/check.js'
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
  const preparation = preparationOf(graph)
  const errors: FormatError[] = []
  for (const attempt of attempts[preparation]) {
    try {
      return await readers[attempt](graph, seed)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      errors.push(error)
    }
  }
  // That of the kind of model that the graph is most likely, and why it is no other one.
  const error = preparation === 'possible' ? errors[0]! : errors.at(-1)!
  error.cause ??= errors.find((other) => other !== error)
  throw error
}

const readers = {
  chain: (graph: Graph, seed: number | undefined) => networkOf(graph, seed, false),
  network: (graph: Graph, seed: number | undefined) => networkOf(graph, seed, true),
  pipeline: async (graph: Graph, seed: number | undefined) => {
    const { readPipeline } = await import('./preparation/read-pipeline.js')
    return readPipeline(graph, seed)
  },
}

/** What a graph is read as, by how sure it is that columns are prepared in it; a network can begin with a columns layer. */
const attempts = {
  sure: ['chain', 'pipeline'],
  // A pipeline has the labels of a classifier.
  labelled: ['chain', 'pipeline', 'network'],
  possible: ['network', 'pipeline'],
  none: ['network'],
  noTable: ['chain'],
} as const

/** Operators with which columns are prepared, and no layer is written. */
const preparing = new Set([
  ...['OneHotEncoder', 'LabelEncoder', 'Imputer', 'Scaler', 'ArrayFeatureExtractor', 'FeatureVectorizer', 'Binarizer'],
  ...['CategoryMapper', 'IsNaN'],
])

/** Operators with which columns are prepared, and columns layers or normalizations of rows are written too. */
const sharing = new Set([
  ...['Equal', 'Concat'],
  ...['Normalizer', 'ReduceSum', 'ReduceMax', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'],
])

function preparationOf({ inputs, nodes, outputs }: Graph): keyof typeof attempts {
  const areTables = inputs.every(({ type }) => {
    return type?.value.case === 'tensorType' && type.value.value.shape?.dim.length === 2
  })
  if (!areTables) return 'noTable'
  const isDouble = inputs.some(({ type }) => {
    const elements = type?.value.case === 'tensorType' ? type.value.value.elemType : undefined
    return elements === TensorProto_DataType.STRING || elements === TensorProto_DataType.DOUBLE
  })
  if (isDouble || nodes.some(({ opType }) => preparing.has(opType))) return 'sure'
  if (!nodes.some(({ opType }) => sharing.has(opType))) return 'none'
  return outputs.length > 1 ? 'labelled' : 'possible'
}

async function networkOf(graph: Graph, seed: number | undefined, mayCut: boolean): Promise<Sequential> {
  const { stack, columns } = await runBreathing(readNetwork(graph, mayCut), undefined)
  if (stack.inputs === undefined) throw problem(graph.file, 'nothing tells how many columns the rows have.')
  const network = await buildNetwork(graph, stack, seed)
  if (columns) await checkColumns(network, columns)
  return network
}

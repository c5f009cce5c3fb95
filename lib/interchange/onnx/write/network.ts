import type { Matrix } from '../../../base/matrix.js'
import type { LayerSpec } from '../../../spec/layer-spec.js'
import { outputsOfLayer, tensorsOfLayer } from '../../../spec/layer-tensors.js'
import { inputsOf, type ModelSpec, membersOf } from '../../../spec/model.js'
import { writeActivation } from './activation.js'
import { castName } from './arithmetic.js'
import { int, ints } from './attributes.js'
import { writeColumns } from './columns.js'
import type { Graph, Value } from './graph.js'
import {
  type Rows,
  type Tensors,
  writeBatchEnsemble,
  writeBatchNormalization,
  writeDense,
  writeLayerNormalization,
  writeMemberDense,
  writeMemberScale,
} from './layers.js'

/**
 * Writes the layers of a network, in inference mode; of a network with members the mean of their outputs.
 * @param x float32 rows.
 * @param weights those of `getWeights`.
 */
export function writeNetwork(graph: Graph, spec: ModelSpec, weights: readonly Matrix[], x: Value): Value {
  let rows: Rows = { name: x.name, columns: inputsOf(spec), isByMember: false }
  let at = 0
  for (const layer of spec.layers) {
    const names = tensorsOfLayer(layer, rows.columns, membersOf(spec)).map((tensor) => tensor.name)
    const tensors = Object.fromEntries(names.map((tensor, k) => [tensor, weights[at + k]!]))
    at += names.length
    rows = graph.within(layer.name, () => writeLayer(graph, layer, tensors, rows))
  }
  const { columns, isByMember } = rows
  if (!isByMember) return { name: rows.name, type: 'float', columns }
  const name = graph.node('ReduceMean', [rows.name], { axes: ints([0]), keepdims: int(0) })
  return { name, type: 'float', columns }
}

function writeLayer(graph: Graph, layer: LayerSpec, tensors: Tensors, x: Rows): Rows {
  const vector = (name: string) => graph.constant(tensors[name]!.data, [x.columns], name)
  const named = (name: string): Rows => ({ ...x, name })
  switch (layer.type) {
    case 'dense':
      return writeDense(graph, layer, tensors, x)
    case 'memberScale':
      return writeMemberScale(graph, layer, tensors, x)
    case 'memberDense':
      return writeMemberDense(graph, layer, tensors, x)
    case 'denseBatchEnsemble':
      return writeBatchEnsemble(graph, layer, tensors, x)
    case 'columns':
      return writeColumns(graph, layer, tensors, x)
    case 'batchNormalization':
      return writeBatchNormalization(graph, tensors, x, layer.epsilon)
    case 'layerNormalization':
      return writeLayerNormalization(graph, tensors, x, layer.epsilon)
    case 'activation': {
      if (!layer.parametric) return named(writeActivation(graph, layer.activation, x.name, tensors.alpha?.data))
      const change = graph.node('Sub', [writeActivation(graph, layer.activation, x.name), x.name])
      return named(graph.node('Add', [x.name, graph.node('Mul', [change, vector('alpha')])]))
    }
    case 'scale':
      return named(graph.node('Mul', [x.name, vector('scale')]))
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianNoise':
      return x
    case 'rescaling': {
      const scalar = (value: number) => graph.constant(Float32Array.of(value), [])
      return named(graph.node('Add', [graph.node('Mul', [x.name, scalar(layer.scale)]), scalar(layer.offset)]))
    }
    case 'embedding': {
      const { inputDim, outputDim } = layer
      const table = graph.constant(tensors.embeddings!.data, [inputDim, outputDim], 'embeddings')
      const vectors = graph.node('Gather', [table, castName(graph, x.name, 'int64')], { axis: int(0) })
      const columns = outputsOfLayer(layer, x.columns)
      return { ...x, name: graph.node('Reshape', [vectors, graph.integers([-1, columns])]), columns }
    }
  }
}

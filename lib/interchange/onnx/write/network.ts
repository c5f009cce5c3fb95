import { describe } from '../../../base/check.js'
import { ArgumentError } from '../../../base/errors.js'
import type { Matrix } from '../../../base/matrix.js'
import type { LayerSpec } from '../../../spec/layer.js'
import { outputsOfLayer, tensorsOfLayer } from '../../../spec/layer.js'
import { inputsOf, type ModelSpec, membersOf } from '../../../spec/model.js'
import { writeActivation } from './activation.js'
import { float, int } from './attributes.js'
import type { Graph, Value } from './graph.js'

/** The tensors of a layer by their names: `kernel`, `bias`, `gamma`. */
type Tensors = Readonly<Record<string, Matrix>>

/**
 * Writes the layers of a network, in inference mode.
 * @param x float32 rows.
 * @param weights those of `getWeights`.
 * @throws ArgumentError for layers that differ by member.
 */
export function writeNetwork(graph: Graph, spec: ModelSpec, weights: readonly Matrix[], x: Value): Value {
  const scope = graph.scope
  let { name } = x
  let columns = inputsOf(spec)
  let at = 0
  for (const layer of spec.layers) {
    const names = tensorsOfLayer(layer, columns, membersOf(spec)).map((tensor) => tensor.name)
    const tensors = Object.fromEntries(names.map((tensor, k) => [tensor, weights[at + k]!]))
    at += names.length
    graph.scope = scope === '' ? layer.name : `${scope}/${layer.name}`
    name = writeLayer(graph, layer, tensors, name, columns)
    columns = outputsOfLayer(layer, columns)
  }
  graph.scope = scope
  return { name, type: 'float', columns }
}

function writeLayer(graph: Graph, layer: LayerSpec, tensors: Tensors, x: string, columns: number): string {
  const vector = (name: string) => graph.constant(tensors[name]!.data, [tensors[name]!.data.length], name)
  switch (layer.type) {
    case 'dense': {
      const kernel = graph.constant(tensors.kernel!.data, [columns, layer.units], 'kernel')
      const alpha = layer.parametrization === 'ntk' ? { alpha: float(1 / Math.sqrt(columns)) } : undefined
      const bias = layer.useBias ? [vector('bias')] : []
      const sum =
        layer.useBias || alpha ? graph.node('Gemm', [x, kernel, ...bias], alpha) : graph.node('MatMul', [x, kernel])
      return writeActivation(graph, layer.activation, sum, tensors.alpha?.data)
    }
    case 'activation': {
      if (!layer.parametric) return writeActivation(graph, layer.activation, x, tensors.alpha?.data)
      const change = graph.node('Sub', [writeActivation(graph, layer.activation, x), x])
      return graph.node('Add', [x, graph.node('Mul', [change, vector('alpha')])])
    }
    case 'scale':
      return graph.node('Mul', [x, vector('scale')])
    case 'columns':
      throw new ArgumentError(`The layer ${describe(layer.name)} is a columns layer, which is not written as ONNX.`)
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianNoise':
      return x
    case 'rescaling': {
      const scalar = (value: number) => graph.constant(Float32Array.of(value), [])
      return graph.node('Add', [graph.node('Mul', [x, scalar(layer.scale)]), scalar(layer.offset)])
    }
    case 'embedding': {
      const table = graph.constant(tensors.embeddings!.data, [layer.inputDim, layer.outputDim], 'embeddings')
      const rows = graph.node('Gather', [table, graph.node('Cast', [x], { to: int(7) })], { axis: int(0) })
      return graph.node('Reshape', [rows, graph.integers([-1, columns * layer.outputDim])])
    }
    case 'batchNormalization': {
      const filled = (name: string, value: number) =>
        tensors[name] ? vector(name) : graph.constant(new Float32Array(columns).fill(value), [columns], name)
      const statistics = [vector('movingMean'), vector('movingVariance')]
      const inputs = [x, filled('gamma', 1), filled('beta', 0), ...statistics]
      return graph.node('BatchNormalization', inputs, { epsilon: float(layer.epsilon) })
    }
    case 'layerNormalization': {
      const gamma = tensors.gamma
        ? vector('gamma')
        : graph.constant(new Float32Array(columns).fill(1), [columns], 'gamma')
      const inputs = [x, gamma, ...(tensors.beta ? [vector('beta')] : [])]
      return graph.node('LayerNormalization', inputs, { axis: int(-1), epsilon: float(layer.epsilon) })
    }
    default:
      throw new ArgumentError(`toOnnx() cannot write layers of type '${layer.type}', which differ by member.`)
  }
}

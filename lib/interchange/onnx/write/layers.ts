import type { DenseBatchEnsembleSpec, DenseSpec, MemberDenseSpec, MemberScaleSpec } from '../../../spec/layer-spec.js'
import { writeActivation } from './activation.js'
import { float, int } from './attributes.js'
import type { Graph } from './graph.js'

/** Rows between layers, in float32: (rows, columns), or (members, rows, columns) from the first layer of members on. */
export interface Rows {
  readonly name: string
  readonly columns: number
  readonly isByMember: boolean
}

/** The tensors of a layer by their names: `kernel`, `bias`, `gamma`. */
export type Tensors = Readonly<Record<string, { readonly data: Float32Array }>>

/** Writes a dense layer: Gemm, which takes matrices alone, or a product over members. */
export function writeDense(graph: Graph, layer: DenseSpec, tensors: Tensors, x: Rows): Rows {
  const { units, activation, useBias } = layer
  const kernel = graph.constant(tensors.kernel!.data, [x.columns, units], 'kernel')
  const bias = useBias ? graph.constant(tensors.bias!.data, [units], 'bias') : undefined
  const alpha = layer.parametrization === 'ntk' ? 1 / Math.sqrt(x.columns) : 1
  const sums =
    x.isByMember || (alpha === 1 && !bias)
      ? writeSum(graph, graph.node('MatMul', [x.name, kernel]), alpha, bias)
      : graph.node('Gemm', [x.name, kernel, ...(bias ? [bias] : [])], alpha === 1 ? {} : { alpha: float(alpha) })
  return { ...x, name: writeActivation(graph, activation, sums, tensors.alpha?.data), columns: units }
}

function writeSum(graph: Graph, product: string, alpha: number, bias: string | undefined): string {
  const scaled = alpha === 1 ? product : graph.node('Mul', [product, graph.constant(Float32Array.of(alpha), [])])
  return bias ? graph.node('Add', [scaled, bias]) : scaled
}

/** Writes factors, and a bias, of each member. */
export function writeMemberScale(graph: Graph, layer: MemberScaleSpec, tensors: Tensors, x: Rows): Rows {
  const name = graph.node('Mul', [x.name, ofMembers(graph, tensors, 'scale', x.columns)])
  return { ...x, name: writeMemberBias(graph, layer.useBias, tensors, name, x.columns), isByMember: true }
}

/** Writes a product with the kernel of each member. */
export function writeMemberDense(graph: Graph, layer: MemberDenseSpec, tensors: Tensors, x: Rows): Rows {
  const { units, activation, useBias } = layer
  const { data } = tensors.kernel!
  const kernel = graph.constant(data, [data.length / (x.columns * units), x.columns, units], 'kernel')
  const product = graph.node('MatMul', [x.name, kernel])
  const sums = writeMemberBias(graph, useBias, tensors, product, units)
  return { name: writeActivation(graph, activation, sums, tensors.alpha?.data), columns: units, isByMember: true }
}

/** Writes ((x r) W) s + b with r, s and b of each member. */
export function writeBatchEnsemble(graph: Graph, layer: DenseBatchEnsembleSpec, tensors: Tensors, x: Rows): Rows {
  const { units, activation, useBias } = layer
  const scaled = graph.node('Mul', [x.name, ofMembers(graph, tensors, 'inputScale', x.columns)])
  const product = graph.node('MatMul', [scaled, graph.constant(tensors.kernel!.data, [x.columns, units], 'kernel')])
  const outputs = graph.node('Mul', [product, ofMembers(graph, tensors, 'outputScale', units)])
  const sums = writeMemberBias(graph, useBias, tensors, outputs, units)
  return { name: writeActivation(graph, activation, sums, tensors.alpha?.data), columns: units, isByMember: true }
}

function writeMemberBias(graph: Graph, useBias: boolean, tensors: Tensors, sums: string, columns: number): string {
  return useBias ? graph.node('Add', [sums, ofMembers(graph, tensors, 'bias', columns)]) : sums
}

/** A vector of each member as (members, 1, columns). */
function ofMembers(graph: Graph, tensors: Tensors, name: string, columns: number): string {
  const { data } = tensors[name]!
  return graph.constant(data, [data.length / columns, 1, columns], name)
}

/** Writes batch normalization; the operator normalizes the second axis, which is that of columns without members alone. */
export function writeBatchNormalization(graph: Graph, tensors: Tensors, x: Rows, epsilon: number): Rows {
  const { columns } = x
  const vector = (name: string, data: Float32Array) => graph.constant(data, [columns], name)
  const of = (name: string, value: number) => tensors[name]?.data ?? new Float32Array(columns).fill(value)
  const [gamma, beta, mean, variance] = [of('gamma', 1), of('beta', 0), of('movingMean', 0), of('movingVariance', 1)]
  if (!x.isByMember) {
    const vectors = [vector('gamma', gamma), vector('beta', beta), vector('mean', mean), vector('variance', variance)]
    return { ...x, name: graph.node('BatchNormalization', [x.name, ...vectors], { epsilon: float(epsilon) }) }
  }
  const scale = gamma.map((factor, j) => factor / Math.sqrt(variance[j]! + epsilon))
  const centered = graph.node('Sub', [x.name, vector('mean', mean)])
  const scaled = graph.node('Mul', [centered, vector('scale', scale)])
  return { ...x, name: graph.node('Add', [scaled, vector('beta', beta)]) }
}

/** Writes layer normalization. */
export function writeLayerNormalization(graph: Graph, tensors: Tensors, x: Rows, epsilon: number): Rows {
  const { columns } = x
  const gamma = tensors.gamma?.data ?? new Float32Array(columns).fill(1)
  const inputs = [x.name, graph.constant(gamma, [columns], 'gamma')]
  if (tensors.beta) inputs.push(graph.constant(tensors.beta.data, [columns], 'beta'))
  return { ...x, name: graph.node('LayerNormalization', inputs, { axis: int(-1), epsilon: float(epsilon) }) }
}

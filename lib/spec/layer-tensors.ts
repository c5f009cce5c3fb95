import type { ActivationSpec } from './activation.js'
import { namedParts, outputsOfPart, tensorsOfPart } from './columns.js'
import type { LayerSpec } from './layer-spec.js'

/** The length of an output row, for input rows of `inputs` numbers. */
export function outputsOfLayer(layer: LayerSpec, inputs: number): number {
  if ('units' in layer) return layer.units
  if (layer.type === 'columns') return layer.parts.reduce((sum, part) => sum + outputsOfPart(part), 0)
  return layer.type === 'embedding' ? inputs * layer.outputDim : inputs
}

/** Whether a layer's outputs depend on the member that a row belongs to. */
export function differsByMember({ type }: LayerSpec): boolean {
  return type === 'memberScale' || type === 'memberDense' || type === 'denseBatchEnsemble'
}

/** A tensor of a layer; `trainable` is false for moving statistics, which no optimizer changes. */
export interface TensorShape {
  readonly name: string
  readonly shape: readonly number[]
  readonly trainable: boolean
  /** Whether its first dimension is that of the members. */
  readonly byMember?: boolean
}

/** The tensors of a layer with `inputs` inputs, in Keras's order. */
export function tensorsOfLayer(layer: LayerSpec, inputs: number, members: number): TensorShape[] {
  const tensor = (name: string, ...shape: number[]) => ({ name, shape, trainable: layer.trainable })
  const ofMembers = (name: string, ...shape: number[]) => ({ ...tensor(name, members, ...shape), byMember: true })
  if (layer.type === 'memberScale') {
    return [ofMembers('scale', inputs), ...(layer.useBias ? [ofMembers('bias', inputs)] : [])]
  }
  if (layer.type === 'memberDense') {
    return [
      ofMembers('kernel', inputs, layer.units),
      ...(layer.useBias ? [ofMembers('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'denseBatchEnsemble') {
    return [
      ofMembers('inputScale', inputs),
      tensor('kernel', inputs, layer.units),
      ofMembers('outputScale', layer.units),
      ...(layer.useBias ? [ofMembers('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'dense') {
    return [
      tensor('kernel', inputs, layer.units),
      ...(layer.useBias ? [tensor('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'activation') {
    return layer.parametric || layer.activation.name === 'prelu' ? [tensor('alpha', inputs)] : []
  }
  if (layer.type === 'scale') return [tensor('scale', inputs)]
  if (layer.type === 'columns') {
    return namedParts(layer.parts).flatMap(({ name, part }) =>
      tensorsOfPart(part).map((made) => tensor(`${name}/${made.name}`, ...made.shape)),
    )
  }
  if (layer.type === 'embedding') return [tensor('embeddings', layer.inputDim, layer.outputDim)]
  if (layer.type !== 'batchNormalization' && layer.type !== 'layerNormalization') return []
  const moving = ['movingMean', 'movingVariance'].map((name) => ({ name, shape: [inputs], trainable: false }))
  return [
    ...(layer.scale ? [tensor('gamma', inputs)] : []),
    ...(layer.center ? [tensor('beta', inputs)] : []),
    ...(layer.type === 'batchNormalization' ? moving : []),
  ]
}

/** The factors of the learning rate or of the weight decay, tensor by tensor. */
export function factorsOf(layer: LayerSpec, key: 'learningRateFactor' | 'weightDecayFactor'): number[] {
  const factors = layer[key] ?? 1
  const ofParts =
    layer.type === 'columns' ? layer.parts.flatMap((part) => tensorsOfPart(part).map(() => part[key])) : []
  return tensorsOfLayer(layer, 1, 1).map(({ name }, i) => {
    const factor = typeof factors === 'number' ? factors : Object.hasOwn(factors, name) ? factors[name]! : 1
    return factor * (ofParts[i] ?? 1)
  })
}

/** The number of weights of a layer with `inputs` inputs. */
export function countLayer(layer: LayerSpec, inputs: number, members: number): number {
  return tensorsOfLayer(layer, inputs, members).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
}

/** The activation of a layer's outputs. */
export function activationOf(layer: LayerSpec): ActivationSpec {
  if (layer.type === 'activation' && layer.parametric) return { name: 'linear' }
  return 'activation' in layer ? layer.activation : { name: 'linear' }
}

import type { Tensor } from '../../files/safetensors.js'
import type { ActivationSpec } from '../../spec/activation.js'
import { differsByMember, outputsOfLayer } from '../../spec/layer-tensors.js'
import { inputsOf, type ModelSpec, membersOf, type NamedLayer } from '../../spec/model.js'
import { columnsCode } from './columns.js'
import { number, type SourceWriter } from './writer.js'

/** The tensors of a network by name, such as `dense.kernel`. */
export type Tensors = ReadonlyMap<string, Tensor>

/** The code of a network: a function of a row of its inputs; of a network with members the mean of their outputs. */
export function networkCode(spec: ModelSpec, tensors: Tensors, out: SourceWriter): string {
  let inputs = inputsOf(spec)
  const first = spec.layers.findIndex(differsByMember)
  const codes = spec.layers.map((layer) => {
    const code = layerCode(layer, inputs, tensors, out)
    inputs = outputsOfLayer(layer, inputs)
    return code
  })
  const count = number(inputsOf(spec))
  if (first === -1) return out.call('network', count, ...codes.flat())
  const ofMembers = out.call('meanOfMembers', number(membersOf(spec)), ...codes.slice(first).flat())
  return out.call('network', count, ...codes.slice(0, first).flat(), ofMembers)
}

/** The code of a layer, a function or two; none for layers that act in training alone. */
function layerCode(layer: NamedLayer, inputs: number, tensors: Tensors, out: SourceWriter): string[] {
  const weights = (tensor: string, factor = 1) => {
    const name = `${layer.name}.${tensor}`
    const data = tensors.get(name)!.data as Float32Array
    return out.weights(factor === 1 ? data : data.map((weight) => factor * weight), name)
  }
  const alpha = () => weights('alpha')
  const optional = (isThere: boolean, tensor: string) => (isThere ? weights(tensor) : 'null')
  switch (layer.type) {
    case 'dense': {
      const kernel = weights('kernel', layer.parametrization === 'ntk' ? 1 / Math.sqrt(inputs) : 1)
      const sums = out.call('dense', number(layer.units), kernel, optional(layer.useBias, 'bias'))
      return [sums, ...activationCode(layer.activation, alpha, out)]
    }
    case 'memberScale':
      return [out.call('memberScale', weights('scale'), optional(layer.useBias, 'bias'))]
    case 'memberDense': {
      const sums = out.call('memberDense', number(layer.units), weights('kernel'), optional(layer.useBias, 'bias'))
      return [sums, ...activationCode(layer.activation, alpha, out)]
    }
    case 'denseBatchEnsemble':
      return [
        out.call('memberScale', weights('inputScale'), 'null'),
        out.call('dense', number(layer.units), weights('kernel'), 'null'),
        out.call('memberScale', weights('outputScale'), optional(layer.useBias, 'bias')),
        ...activationCode(layer.activation, alpha, out),
      ]
    case 'columns':
      return [columnsCode(layer.parts, weights, out)]
    case 'activation': {
      const code = activationCode(layer.activation, alpha, out)
      return layer.parametric && code.length > 0 ? [out.call('parametric', alpha(), code[0]!)] : code
    }
    case 'scale':
      return [out.call('scaleEach', weights('scale'))]
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianNoise':
      return []
    case 'rescaling':
      return [out.call('rescale', number(layer.scale), number(layer.offset))]
    case 'batchNormalization':
    case 'layerNormalization': {
      const gamma = optional(layer.scale, 'gamma')
      const beta = optional(layer.center, 'beta')
      const epsilon = number(Math.fround(layer.epsilon))
      if (layer.type === 'layerNormalization') return [out.call('layerNorm', epsilon, gamma, beta)]
      return [out.call('batchNorm', epsilon, weights('movingMean'), weights('movingVariance'), gamma, beta)]
    }
    case 'embedding':
      return [out.call('embedding', number(layer.inputDim), number(layer.outputDim), weights('embeddings'))]
  }
}

/** The code of an activation; none for the linear one. */
export function activationCode(activation: ActivationSpec, alpha: () => string, out: SourceWriter): string[] {
  switch (activation.name) {
    case 'linear':
      return []
    case 'softmax':
      return [out.use('softmax')]
    case 'prelu':
      return [out.call('prelu', alpha())]
    case 'leakyRelu':
      return [out.call('activate', out.call('leakyRelu', number(Math.fround(activation.negativeSlope))))]
    case 'elu':
      return [out.call('activate', out.call('elu', number(Math.fround(activation.alpha))))]
    case 'gelu':
      return [out.call('activate', out.use(activation.approximate ? 'geluTanh' : 'gelu'))]
    case 'step':
      return [out.call('activate', out.use('stepUnit'))]
    case 'tanh':
    case 'exponential':
      return [out.call('activate', activation.name === 'tanh' ? 'Math.tanh' : 'Math.exp')]
    default:
      return [out.call('activate', out.use(activation.name))]
  }
}

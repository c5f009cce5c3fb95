import { ArgumentError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import type { ActivationSpec } from '../../spec/activation.js'
import { outputsOfLayer } from '../../spec/layer.js'
import { inputsOf, type ModelSpec, type NamedLayer } from '../../spec/model.js'
import { number, type SourceWriter } from './writer.js'

/** The tensors of a network by name, such as `dense.kernel`. */
export type Tensors = ReadonlyMap<string, Tensor>

/** The code of a network: a function of a row of its inputs. */
export function networkCode(spec: ModelSpec, tensors: Tensors, out: SourceWriter): string {
  let inputs = inputsOf(spec)
  const layers: string[] = []
  for (const layer of spec.layers) {
    layers.push(...layerCode(layer, inputs, tensors, out))
    inputs = outputsOfLayer(layer, inputs)
  }
  return out.call('network', number(inputsOf(spec)), ...layers)
}

/** The code of a layer, a function or two; none for layers that act in training alone. */
function layerCode(layer: NamedLayer, inputs: number, tensors: Tensors, out: SourceWriter): string[] {
  const weights = (tensor: string, factor = 1) => {
    const name = `${layer.name}.${tensor}`
    const data = tensors.get(name)!.data as Float32Array
    return out.weights(factor === 1 ? data : data.map((weight) => factor * weight), name)
  }
  const alpha = () => weights('alpha')
  switch (layer.type) {
    case 'dense': {
      const bias = layer.useBias ? weights('bias') : 'null'
      const kernel = weights('kernel', layer.parametrization === 'ntk' ? 1 / Math.sqrt(inputs) : 1)
      const sums = out.call('dense', number(layer.units), kernel, bias)
      return [sums, ...activationCode(layer.activation, alpha, out)]
    }
    case 'activation':
      if (layer.parametric) throw new ArgumentError('toSource() has no code for parametric activations.')
      return activationCode(layer.activation, alpha, out)
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianNoise':
      return []
    case 'rescaling':
      return [out.call('rescale', number(layer.scale), number(layer.offset))]
    case 'batchNormalization':
    case 'layerNormalization': {
      const gamma = layer.scale ? weights('gamma') : 'null'
      const beta = layer.center ? weights('beta') : 'null'
      const epsilon = number(Math.fround(layer.epsilon))
      if (layer.type === 'layerNormalization') return [out.call('layerNorm', epsilon, gamma, beta)]
      return [out.call('batchNorm', epsilon, weights('movingMean'), weights('movingVariance'), gamma, beta)]
    }
    case 'embedding':
      return [out.call('embedding', number(layer.inputDim), number(layer.outputDim), weights('embeddings'))]
    default:
      throw new ArgumentError(`toSource() has no code for layers of type '${(layer as { type: string }).type}'.`)
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

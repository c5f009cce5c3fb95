import { isObject, type JsonReader } from '../read/json.js'
import type { Numbers, ReadLayer } from '../read/network.js'
import { activationOfLayer, type KerasVersion, readActivation } from './activation.js'
import { type KerasChain, type KerasLayer, refuse } from './config.js'
import { normalizationOf } from './normalization.js'
import { constraintOf, regularizerOf } from './rules.js'

/** The weights of a layer, in Keras's order; undefined where the file has none for it. */
export type WeightsOf = (layer: KerasLayer, index: number) => readonly Numbers[]

/** A layer with the names of its tensors in Keras's order; `read` changes numbers on the way. */
interface Converted {
  readonly options: object
  readonly tensors: readonly string[]
  readonly read?: (weights: readonly Numbers[]) => ReadonlyMap<string, Numbers>
}

/** Layers that act in training alone, or change no number of a row. */
const ignored = ['Flatten', 'InputLayer', 'Identity', 'ActivityRegularization']

/** The layers of a chain with their weights. */
export function readLayers(
  { layers, inputShape }: KerasChain,
  weightsOf: WeightsOf,
  version: KerasVersion,
  json: JsonReader,
): ReadLayer[] {
  // Rows of several axes become flat by Flatten: before it, only layers that treat each number alike can stand.
  let isFlat = inputShape.length === 1
  const read: ReadLayer[] = []
  for (const [i, layer] of layers.entries()) {
    if (layer.className === 'Flatten') isFlat = true
    else if (!isFlat && !actsOnEach(layer)) {
      // A layer that perceptra has not is refused for that.
      convert(layer, version, json)
      throw refuse(json, layer, 'its rows have several axes: put Flatten before it')
    }
    if (layer.className === 'Embedding') isFlat = false
    if (ignored.includes(layer.className)) continue
    const { options, tensors, read: change } = convert(layer, version, json)
    const { trainable } = layer.config
    const weights = tensors.length > 0 || change ? weightsOf(layer, i) : []
    if (!change && weights.length !== tensors.length) {
      throw refuse(json, layer, `it has ${weights.length} arrays of weights in place of ${tensors.length}`)
    }
    read.push({
      options: { ...options, name: layer.name, ...(trainable === false && !('trainable' in options) && { trainable }) },
      tensors: change ? change(weights) : new Map(tensors.map((name, k) => [name, flatten(name, weights[k]!)])),
    })
  }
  return read
}

/** Vectors of PReLU are flat, whatever their axes. */
function flatten(name: string, numbers: Numbers): Numbers {
  return name === 'alpha' ? { shape: [numbers.data.length], data: numbers.data } : numbers
}

function actsOnEach({ className, config }: KerasLayer): boolean {
  if (className === 'Activation') return config.activation !== 'softmax'
  const each = ['Dropout', 'GaussianNoise', 'AlphaDropout', 'Rescaling', 'ReLU', 'LeakyReLU', 'ELU']
  return each.includes(className) || ignored.includes(className)
}

function convert(layer: KerasLayer, version: KerasVersion, json: JsonReader): Converted {
  const { className, config } = layer
  const number = (key: string) => json.number(config[key], `${key} of the layer ${JSON.stringify(layer.name)}`)
  const activation = activationOfLayer(layer, version, json)
  if (activation) {
    const isPrelu = (activation as { name: string }).name === 'prelu'
    return { options: { type: 'activation', activation }, tensors: isPrelu ? ['alpha'] : [] }
  }
  switch (className) {
    case 'Dense':
      return denseOf(layer, version, json)
    case 'Dropout':
      return { options: { type: 'dropout', rate: number('rate') }, tensors: [] }
    case 'AlphaDropout':
      return { options: { type: 'alphaDropout', rate: number('rate') }, tensors: [] }
    case 'GaussianNoise':
      return { options: { type: 'gaussianNoise', stddev: number('stddev') }, tensors: [] }
    case 'Rescaling':
      return { options: { type: 'rescaling', scale: number('scale'), offset: number('offset') }, tensors: [] }
    case 'Embedding': {
      const options = { type: 'embedding', inputDim: number('input_dim'), outputDim: number('output_dim') }
      const rules = {
        embeddingsRegularizer: regularizerOf(config.embeddings_regularizer, layer, json),
        embeddingsConstraint: constraintOf(config.embeddings_constraint, layer, json),
      }
      return { options: { ...options, ...rules }, tensors: ['embeddings'] }
    }
    case 'BatchNormalization':
    case 'LayerNormalization':
    case 'Normalization':
      return normalizationOf(layer, json)
    default:
      throw refuse(json, layer, 'perceptra has no such layer')
  }
}

function denseOf(layer: KerasLayer, version: KerasVersion, json: JsonReader): Converted {
  const { config } = layer
  if (isObject(config.quantization_config)) throw refuse(json, layer, 'its weights are quantized')
  if (isObject(config.activity_regularizer)) throw refuse(json, layer, 'it has an activity_regularizer')
  const useBias = config.use_bias !== false
  return {
    options: {
      type: 'dense',
      units: json.count(config.units, `units of the layer ${JSON.stringify(layer.name)}`),
      useBias,
      activation: readActivation(config.activation, layer, version, json),
      kernelRegularizer: regularizerOf(config.kernel_regularizer, layer, json),
      biasRegularizer: regularizerOf(config.bias_regularizer, layer, json),
      kernelConstraint: constraintOf(config.kernel_constraint, layer, json),
      biasConstraint: constraintOf(config.bias_constraint, layer, json),
    },
    tensors: useBias ? ['kernel', 'bias'] : ['kernel'],
  }
}

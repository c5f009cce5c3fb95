import { isObject, type JsonObject, type JsonReader } from '../read/json.js'
import { type KerasLayer, refuse } from './config.js'

/** The activations whose names differ from Keras's only in their writing. */
const names: Readonly<Record<string, string>> = {
  ...{
    linear: 'linear',
    relu: 'relu',
    elu: 'elu',
    selu: 'selu',
    gelu: 'gelu',
    silu: 'silu',
    swish: 'silu',
    mish: 'mish',
  },
  ...{ sigmoid: 'sigmoid', tanh: 'tanh', softplus: 'softplus', softsign: 'softsign', softmax: 'softmax' },
  ...{ exponential: 'exponential', hard_sigmoid: 'hardSigmoid', hardSigmoid: 'hardSigmoid' },
}

/** What depends on the version of Keras that wrote a file. */
export interface KerasVersion {
  /** Whether hard_sigmoid is clip(0.2 x + 0.5, 0, 1), which this package has not, as before Keras 3 and in TensorFlow.js. */
  readonly oldHardSigmoid: boolean
}

/** The activation of a layer, from its configuration. */
export function readActivation(value: unknown, layer: KerasLayer, version: KerasVersion, json: JsonReader): object {
  if (value === null || value === undefined) return { name: 'linear' }
  const name = isObject(value) ? nameOf(value) : value
  if (name === 'leaky_relu') return { name: 'leakyRelu', negativeSlope: 0.2 }
  if (typeof name === 'string' && Object.hasOwn(names, name)) {
    if (names[name] === 'hardSigmoid' && version.oldHardSigmoid) {
      throw refuse(json, layer, 'its hard_sigmoid is clip(0.2 x + 0.5, 0, 1), as before Keras 3')
    }
    return { name: names[name] }
  }
  throw refuse(json, layer, `its activation ${JSON.stringify(name)} is not one of ${Object.keys(names).join(', ')}`)
}

/** Functions are { class_name: 'function', config: name }. */
function nameOf({ class_name: className, config }: JsonObject): unknown {
  return typeof config === 'string' ? config : className
}

/** The activation of a layer that is one, such as LeakyReLU; undefined for other layers. */
export function activationOfLayer(layer: KerasLayer, version: KerasVersion, json: JsonReader): object | undefined {
  const { className, config } = layer
  switch (className) {
    case 'Activation':
      return readActivation(config.activation, layer, version, json)
    case 'ReLU':
      return reluOf(layer, json)
    case 'LeakyReLU':
      return { name: 'leakyRelu', negativeSlope: json.number(config.negative_slope ?? config.alpha ?? 0.3, 'a slope') }
    case 'ELU':
      return { name: 'elu', alpha: json.number(config.alpha ?? 1, 'alpha') }
    case 'Softmax': {
      const axis = Array.isArray(config.axis) ? config.axis[0] : config.axis
      if (axis !== undefined && axis !== -1 && axis !== 1) throw refuse(json, layer, 'its axis is not the last one')
      return { name: 'softmax' }
    }
    case 'PReLU':
      return { name: 'prelu' }
    default:
      return undefined
  }
}

function reluOf(layer: KerasLayer, json: JsonReader): object {
  const { max_value: most, threshold, negative_slope: slope } = layer.config
  if ((most ?? null) !== null) throw refuse(json, layer, 'it has a max_value')
  if ((threshold ?? 0) !== 0) throw refuse(json, layer, 'it has a threshold')
  const negativeSlope = json.number(slope ?? 0, 'negative_slope')
  return negativeSlope === 0 ? { name: 'relu' } : { name: 'leakyRelu', negativeSlope }
}

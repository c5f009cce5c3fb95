import type { JsonReader } from '../read/json.js'
import type { Numbers } from '../read/network.js'
import { type KerasLayer, refuse } from './config.js'
import { constraintOf, regularizerOf } from './rules.js'

/** The square of the least divisor of Normalization, Keras's epsilon. */
const leastVariance = 1e-14

/** BatchNormalization, LayerNormalization and Normalization, which is batch normalization with fixed statistics. */
export function normalizationOf(layer: KerasLayer, json: JsonReader) {
  const { className, config } = layer
  const axis = Array.isArray(config.axis) ? (config.axis.length === 1 ? config.axis[0] : undefined) : config.axis
  if (axis !== -1 && axis !== 1) throw refuse(json, layer, 'its axis is not that of the columns')
  if (className === 'Normalization') return fixedOf(layer, json)
  if (config.renorm === true) throw refuse(json, layer, 'it has renorm')
  if (config.rms_scaling === true) throw refuse(json, layer, 'it has rms_scaling')
  const { scale, center } = { scale: config.scale !== false, center: config.center !== false }
  const isBatch = className === 'BatchNormalization'
  const options = {
    type: isBatch ? 'batchNormalization' : 'layerNormalization',
    epsilon: json.number(config.epsilon, 'epsilon'),
    ...{ scale, center },
    ...(isBatch && { momentum: json.number(config.momentum, 'momentum') }),
    betaRegularizer: regularizerOf(config.beta_regularizer, layer, json),
    gammaRegularizer: regularizerOf(config.gamma_regularizer, layer, json),
    betaConstraint: constraintOf(config.beta_constraint, layer, json),
    gammaConstraint: constraintOf(config.gamma_constraint, layer, json),
  }
  const learned = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])]
  return { options, tensors: isBatch ? [...learned, 'movingMean', 'movingVariance'] : learned }
}

/** (x - mean) / max(sqrt(variance), 1e-7), with the mean and the variance of `adapt`. */
function fixedOf(layer: KerasLayer, json: JsonReader) {
  const { config } = layer
  if (config.invert === true) throw refuse(json, layer, 'it is inverted')
  if ((config.mean ?? null) !== null) throw refuse(json, layer, 'its mean is in its configuration: use adapt()')
  const options = {
    ...{ type: 'batchNormalization', scale: false, center: false, trainable: false, epsilon: leastVariance },
  }
  const read = (weights: readonly Numbers[]) => {
    if (weights.length < 2) throw refuse(json, layer, 'it has no mean and variance: call adapt() before it is saved')
    const [mean, variance] = [weights[0]!, weights[1]!].map(({ data }) => ({ shape: [data.length], data }))
    const moved = variance!.data.map((value) => Math.max(value, leastVariance) - leastVariance)
    return new Map<string, Numbers>([
      ['movingMean', mean!],
      ['movingVariance', { shape: variance!.shape, data: moved }],
    ])
  }
  return { options, tensors: [], read }
}

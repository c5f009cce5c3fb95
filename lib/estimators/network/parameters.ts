import { invalid } from '../../base/check.js'
import { readChoice } from '../../base/choice.js'
import { type Callback, checkCallbacks } from '../../callbacks/types.js'
import { dense } from '../../factories/layers.js'
import {
  booleanParameter,
  integerParameter,
  numberParameter,
  type Parameter,
  type ParametersOf,
  seedParameter,
} from '../../learning/parameters.js'
import { type ActivationLike, type ActivationSpec, activationChoices } from '../../spec/activation.js'
import { readLayer } from '../../spec/layer.js'
import type { LayerSpec } from '../../spec/layer-spec.js'
import { type LossLike, type LossSpec, lossChoices } from '../../spec/loss.js'
import { type MetricLike, readMetricList } from '../../spec/metric.js'
import { type OptimizerLike, type OptimizerSpec, readOptimizer } from '../../spec/optimizer.js'
import { unknownRate } from '../../spec/rate.js'
import { classWeightParameter } from '../sample-weights.js'

const layers: Parameter<readonly LayerSpec[]> = {
  default: Object.freeze([dense({ units: 100, activation: 'relu' })]),
  description: 'The hidden layers, as factories of `layers` make them; the output layer follows from the targets.',
  takes: 'an array of layers',
  read: (value, name) => {
    if (!Array.isArray(value)) throw invalid(name, layers.takes, value)
    return Object.freeze(value.map((layer: unknown, i) => readLayer(layer, `${name}[${i}]`)))
  },
}

const loss: Parameter<LossLike | null> = {
  default: null,
  description: 'The loss; null for the one that follows from the targets.',
  takes: 'a name or what a factory of `losses` returns, or null',
  read: (value) => (value === null ? null : readChoice<LossSpec>(value, 'loss', lossChoices)),
}

const outputActivation: Parameter<ActivationLike | null> = {
  default: null,
  description: 'The activation of the output layer; null for the one that the loss needs.',
  takes: 'a name or what a factory of `activations` returns, or null',
  read: (value) => (value === null ? null : readChoice<ActivationSpec>(value, 'outputActivation', activationChoices)),
}

const optimizer: Parameter<OptimizerLike> = {
  default: 'adam',
  description: 'The optimizer, with the defaults of Keras.',
  takes: 'a name or what a factory of `optimizers` returns',
  read: (value) => readOptimizer(value),
  file: { write: optimizerToJson, read: optimizerFromJson },
}

/** An optimizer as a file has it, with all parameters: a rate that is a function, which a file cannot hold, is null. */
export function optimizerToJson(value: OptimizerLike): object {
  const spec = readOptimizer(value)
  return spec.name !== 'lbfgs' && typeof spec.learningRate === 'function' ? { ...spec, learningRate: null } : spec
}

/** @throws ArgumentError for what is no optimizer. */
export function optimizerFromJson(json: unknown): OptimizerSpec {
  const { learningRate } = Object(json) as { learningRate?: unknown }
  return readOptimizer(learningRate === null ? { ...(json as OptimizerSpec), learningRate: unknownRate } : json)
}

const callbacks: Parameter<Callback | readonly Callback[]> = {
  default: Object.freeze([]),
  description: 'What `fit` calls while it trains, such as `callbacks.earlyStopping()`. Files do not keep them.',
  takes: 'a callback or an array of them',
  read: (value) => Object.freeze(checkCallbacks(value)),
  file: { write: () => [], read: (value) => Object.freeze(checkCallbacks(value)) },
}

const metrics = (defaults: readonly MetricLike[]): Parameter<readonly MetricLike[]> => ({
  default: Object.freeze(defaults),
  description: 'Metrics to log beside the loss; files keep those that are names.',
  takes: 'an array of names and functions',
  read: (value, name) => Object.freeze(readMetricList(value, name)),
  file: {
    write: (value) => value.filter((metric) => typeof metric === 'string'),
    read: (value, name) => Object.freeze(readMetricList(value, name)),
  },
})

const verbose: Parameter<0 | 1 | 2> = {
  default: 0,
  description: '1 shows the progress of training, 2 prints a line for each epoch.',
  takes: '0, 1 or 2',
  read: (value, name) => {
    if (value === 0 || value === 1 || value === 2) return value
    throw invalid(name, verbose.takes, value)
  },
}

const shared = {
  layers,
  loss,
  outputActivation,
  optimizer,
  epochs: integerParameter(10, { min: 1 }, { description: 'How often `fit` goes through the rows, at most.' }),
  batchSize: integerParameter(
    32,
    { min: 1 },
    { description: 'Rows in a step of the optimizer.', search: { choices: [16, 32, 64, 128, 256] } },
  ),
  shuffle: booleanParameter(true, { description: 'Whether to shuffle the rows before each epoch.' }),
  validationSplit: numberParameter(
    0,
    { min: 0, below: 1 },
    { description: 'The share of the rows that are drawn to validate with after each epoch, the same of each class.' },
  ),
  callbacks,
  verbose,
  warmStart: booleanParameter(false, { description: 'Whether fit starts from the weights of the fit before.' }),
  seed: seedParameter(),
}

/** The parameters of NetworkClassifier. */
export const classifierParameters = { ...shared, metrics: metrics(['accuracy']), classWeight: classWeightParameter }

/** The parameters of NetworkRegressor. */
export const regressorParameters = { ...shared, metrics: metrics([]) }

/** The parameters that training reads. */
export type NetworkParams = ParametersOf<typeof regressorParameters>

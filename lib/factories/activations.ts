import { makeChoice } from '../base/choice.js'
import { type ActivationSpec, activationChoices } from '../spec/activation.js'

/** y = x. */
export function linear(): ActivationSpec {
  return make('linear')
}

/** y = max(x, 0). */
export function relu(): ActivationSpec {
  return make('relu')
}

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** The slope below 0, at least 0; 0.01 by default, as PyTorch's. */
  negativeSlope?: number | undefined
}

/**
 * y = x above 0, else negativeSlope x (Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic
 * models").
 * @throws ArgumentError for a slope below 0.
 */
export function leakyRelu(options: LeakyReluOptions = {}): ActivationSpec {
  return make('leakyRelu', options)
}

/** Options of `prelu`. */
export interface PreluOptions {
  /** The initial slope below 0; 0.25 by default, as in the paper and PyTorch (Keras: 0). */
  initialSlope?: number | undefined
}

/**
 * y = x above 0, else a x, with a slope a that each unit learns (He et al. 2015, "Delving deep into rectifiers",
 * equation 1).
 * @throws ArgumentError for a slope that is not a finite number.
 */
export function prelu(options: PreluOptions = {}): ActivationSpec {
  return make('prelu', options)
}

/** Options of `elu`. */
export interface EluOptions {
  /** Outputs approach -alpha far below 0; at least 0, 1 by default. */
  alpha?: number | undefined
}

/**
 * y = x above 0, else alpha (exp(x) - 1) (Clevert et al. 2016, "Fast and accurate deep network learning by exponential
 * linear units").
 * @throws ArgumentError for an alpha below 0.
 */
export function elu(options: EluOptions = {}): ActivationSpec {
  return make('elu', options)
}

/**
 * y = 1.0507 x above 0, else 1.0507 * 1.6733 (exp(x) - 1). Keeps mean 0 and variance 1 from layer to layer (Klambauer
 * et al. 2017, "Self-normalizing neural networks", equation 2).
 */
export function selu(): ActivationSpec {
  return make('selu')
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** Uses 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as GPT-2 does; false by default. */
  approximate?: boolean | undefined
}

/**
 * y = x Phi(x), with the normal distribution function Phi(x) = (1 + erf(x / sqrt(2))) / 2 (Hendrycks and Gimpel 2016,
 * "Gaussian error linear units").
 */
export function gelu(options: GeluOptions = {}): ActivationSpec {
  return make('gelu', options)
}

/** y = x / (1 + exp(-x)), also called swish (Elfwing et al. 2018, "Sigmoid-weighted linear units"). */
export function silu(): ActivationSpec {
  return make('silu')
}

/** y = x tanh(log(1 + exp(x))) (Misra 2020, "Mish: a self regularized non-monotonic activation function"). */
export function mish(): ActivationSpec {
  return make('mish')
}

/** y = 1 / (1 + exp(-x)). */
export function sigmoid(): ActivationSpec {
  return make('sigmoid')
}

/** y = min(max(x + 3, 0), 6) / 6, as in PyTorch and Keras 3 (Howard et al. 2019, "Searching for MobileNetV3"). */
export function hardSigmoid(): ActivationSpec {
  return make('hardSigmoid')
}

/** y = tanh(x). */
export function tanh(): ActivationSpec {
  return make('tanh')
}

/** y = log(1 + exp(x)) (Dugas et al. 2001), without overflow for large x and without loss of digits for small x. */
export function softplus(): ActivationSpec {
  return make('softplus')
}

/** y = x / (1 + |x|). */
export function softsign(): ActivationSpec {
  return make('softsign')
}

/** y = exp(x). For outputs that are rates, with the loss poisson. */
export function exponential(): ActivationSpec {
  return make('exponential')
}

/**
 * The threshold unit: y = 1 where x > 0, else 0. It has no gradient: models with one can predict and evaluate, but
 * `fit` throws an error unless this layer and all layers before it have `trainable: false`.
 */
export function step(): ActivationSpec {
  return make('step')
}

/** y_j = exp(x_j) / sum_k exp(x_k) over the layer's units, so that outputs add up to 1. */
export function softmax(): ActivationSpec {
  return make('softmax')
}

function make(name: ActivationSpec['name'], options: object = {}): ActivationSpec {
  return makeChoice<ActivationSpec>(name, options, 'activation', activationChoices)
}

import { makeChoice } from './choice.js'
import { type ActivationSpec, activationChoices } from './spec.js'

/** y = x. */
export function linear(): ActivationSpec {
  return make('linear')
}

/** y = max(x, 0). */
export function relu(): ActivationSpec {
  return make('relu')
}

/** What `leakyRelu` takes. */
export interface LeakyReluOptions {
  /** The slope below 0, at least 0; 0.01 by default. */
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

/** y = 1 / (1 + exp(-x)). */
export function sigmoid(): ActivationSpec {
  return make('sigmoid')
}

/** y = tanh(x). */
export function tanh(): ActivationSpec {
  return make('tanh')
}

/** y_j = exp(x_j) / sum_k exp(x_k) over the layer's units: they add up to 1. */
export function softmax(): ActivationSpec {
  return make('softmax')
}

function make(name: ActivationSpec['name'], options: object = {}): ActivationSpec {
  return makeChoice(name, options, 'activation', activationChoices) as ActivationSpec
}

import { makeChoice } from './choice.js'
import { type LossSpec, lossChoices } from './compile-spec.js'

/** What the cross-entropies take. */
export interface CrossentropyOptions {
  /** The last layer is linear and its outputs are logits; false by default. */
  fromLogits?: boolean | undefined
}

/** The mean over outputs of (y - target)^2. */
export function meanSquaredError(): LossSpec {
  return make('meanSquaredError', {})
}

/**
 * The mean over outputs of -(target log p + (1 - target) log(1 - p)); targets are from 0 to 1. It takes a sigmoid
 * output layer, or a linear one with `fromLogits`.
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('binaryCrossentropy', options)
}

/**
 * -sum_j target_j log p_j; targets are rows of as many numbers as there are outputs. It takes a softmax output layer,
 * or a linear one with `fromLogits`.
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('categoricalCrossentropy', options)
}

/** -log p_class; targets are class numbers, from 0 on. It takes the same output layers as categoricalCrossentropy. */
export function sparseCategoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('sparseCategoricalCrossentropy', options)
}

function make(name: LossSpec['name'], options: object): LossSpec {
  return makeChoice(name, options, 'loss', lossChoices) as LossSpec
}

import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { ActivationSpec } from './activation.js'
import type { LossSpec } from './loss.js'

/** What a loss must know of the last layer. */
export interface OutputLayer {
  readonly name: string
  readonly units: number
  readonly activation: ActivationSpec
}

/**
 * Checks that a loss makes sense of what the last layer puts out.
 * @throws ArgumentError that says what to change.
 */
export function checkOutput(loss: LossSpec, output: OutputLayer): void {
  const { units, activation } = output
  const layer = `the last layer (${describe(output.name)})`
  if (activation.name === 'softmax' && units === 1) {
    throw new ArgumentError(
      `A softmax over one unit is always 1, so ${layer} cannot learn. Give it activation: 'sigmoid' and the loss ` +
        "'binaryCrossentropy', or one unit for each class.",
    )
  }
  switch (loss.name) {
    case 'binaryCrossentropy':
      checkPaired(loss, 'sigmoid', activation, layer)
      return
    case 'categoricalCrossentropy':
    case 'sparseCategoricalCrossentropy':
      checkClasses(loss.name, units, layer)
      checkPaired(loss, 'softmax', activation, layer)
      return
    case 'focal':
      if (activation.name === 'softmax') return
      if (activation.name === 'sigmoid' && loss.alpha < 1) return
      if (activation.name === 'sigmoid') {
        throw new ArgumentError(
          `After a sigmoid the loss focal gives targets of 0 the weight 1 - alpha, which is 0, so ${layer} would learn ` +
            'to say yes always. Give an alpha below 1: 0.5 weighs both alike.',
        )
      }
      throw unfit(loss, "activation: 'sigmoid' or 'softmax'", activation, layer)
    case 'kullbackLeibler':
      checkClasses(loss.name, units, layer)
      if (lowest(activation) >= 0) return
      throw unfit(loss, "activation: 'softmax', or another whose outputs are not below 0,", activation, layer)
    case 'poisson':
      checkRates(loss, activation, layer)
      return
    case 'hinge':
    case 'squaredHinge':
      if (lowest(activation) <= -1) return
      throw unfit(loss, "activation: 'linear', or another whose outputs go down to -1,", activation, layer)
    case 'gaussianNll':
      if (activation.name !== 'linear') throw unfit(loss, "activation: 'linear'", activation, layer)
      if (units % 2 === 0) return
      throw new ArgumentError(
        `The loss gaussianNll needs two units for each target in ${layer}, first all means, then all logarithms of ` +
          `variances, but that has ${units}. Give it an even number.`,
      )
  }
}

/** A cross-entropy is computed from logits, so it must know what the last layer does to them. */
function checkPaired(
  loss: LossSpec & { fromLogits: boolean },
  paired: 'sigmoid' | 'softmax',
  activation: ActivationSpec,
  layer: string,
): void {
  const wanted = loss.fromLogits ? 'linear' : paired
  if (activation.name === wanted) return
  const other = loss.fromLogits
    ? 'or leave fromLogits out'
    : activation.name === 'linear'
      ? `or use losses.${loss.name}({ fromLogits: true })`
      : 'or choose another loss'
  throw unfit(loss, `activation: '${wanted}'`, activation, layer, other)
}

function checkClasses(loss: string, units: number, layer: string): void {
  if (units > 1) return
  throw new ArgumentError(
    `The loss ${loss} needs one unit for each class, but ${layer} has 1. For two classes in one unit use ` +
      "activation: 'sigmoid' and the loss 'binaryCrossentropy'.",
  )
}

/** Rates are never below 0; with fromLogits the outputs are their logarithms. */
function checkRates(loss: LossSpec & { name: 'poisson' }, activation: ActivationSpec, layer: string): void {
  if (loss.fromLogits) {
    if (activation.name === 'linear') return
    throw unfit(loss, "activation: 'linear'", activation, layer, 'or leave fromLogits out')
  }
  if (lowest(activation) >= 0 && activation.name !== 'softmax') return
  const other = activation.name === 'linear' ? 'or use losses.poisson({ fromLogits: true })' : 'or choose another loss'
  throw unfit(loss, "activation: 'exponential' or 'softplus', since rates are not below 0,", activation, layer, other)
}

function unfit(
  loss: LossSpec,
  wanted: string,
  { name }: ActivationSpec,
  layer: string,
  other = 'or choose another loss',
): ArgumentError {
  const mode = 'fromLogits' in loss && loss.fromLogits ? ' with fromLogits' : ''
  return new ArgumentError(
    `The loss ${loss.name}${mode} needs ${wanted} in ${layer}, but that has '${name}'. Change it, ${other}.`,
  )
}

/** The bound below of what an activation puts out. */
function lowest(activation: ActivationSpec): number {
  switch (activation.name) {
    case 'linear':
    case 'prelu':
      return -Infinity
    case 'leakyRelu':
      return activation.negativeSlope > 0 ? -Infinity : 0
    case 'elu':
      return -activation.alpha
    case 'selu':
      return -1.758
    case 'gelu':
      return -0.17
    case 'silu':
      return -0.279
    case 'mish':
      return -0.309
    case 'tanh':
    case 'softsign':
      return -1
    default:
      return 0
  }
}

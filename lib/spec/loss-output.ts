import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type ActivationSpec, lowestOutput } from './activation.js'

// What losses need of the last layer. Each rule throws an ArgumentError that says what to change.

/** What a loss must know of the last layer. */
export interface OutputLayer {
  readonly name: string
  readonly units: number
  readonly activation: ActivationSpec
}

/** What a rule must know of a loss. */
interface RuledLoss {
  readonly name: string
  readonly fromLogits?: boolean
}

/** A binary cross-entropy: from logits, or from a sigmoid. */
export function needsSigmoid(loss: RuledLoss, output: OutputLayer): void {
  checkPaired(loss, 'sigmoid', output)
}

/** A cross-entropy of classes: from logits, or from a softmax. */
export function needsSoftmax(loss: RuledLoss, output: OutputLayer): void {
  checkClasses(loss, output)
  checkPaired(loss, 'softmax', output)
}

/** Probabilities of a sigmoid, which give targets of 0 the weight 1 - alpha, or of a softmax. */
export function needsProbabilities(loss: RuledLoss & { readonly alpha: number }, output: OutputLayer): void {
  const { activation } = output
  if (activation.name === 'softmax' || (activation.name === 'sigmoid' && loss.alpha < 1)) return
  if (activation.name === 'sigmoid') {
    throw new ArgumentError(
      `After a sigmoid the loss ${loss.name} gives targets of 0 the weight 1 - alpha, which is 0, so ` +
        `${layerOf(output)} would learn to output 1 for every row. Give an alpha below 1: 0.5 gives targets of 0 and 1 the same weight.`,
    )
  }
  throw unfit(loss, "activation: 'sigmoid' or 'softmax'", output)
}

/** Outputs that can be a distribution over classes. */
export function needsDistribution(loss: RuledLoss, output: OutputLayer): void {
  checkClasses(loss, output)
  if (lowestOutput(output.activation) >= 0) return
  throw unfit(loss, "activation: 'softmax', or another whose outputs are not below 0,", output)
}

/** Rates, which are never below 0; with fromLogits their logarithms. */
export function needsRates(loss: RuledLoss, output: OutputLayer): void {
  const { activation } = output
  if (loss.fromLogits) {
    if (activation.name === 'linear') return
    throw unfit(loss, "activation: 'linear'", output, 'or leave fromLogits out')
  }
  if (lowestOutput(activation) >= 0 && activation.name !== 'softmax') return
  const isLinear = activation.name === 'linear'
  const other = isLinear ? `or use losses.${loss.name}({ fromLogits: true })` : 'or choose another loss'
  throw unfit(loss, "activation: 'exponential' or 'softplus', since rates are not below 0,", output, other)
}

/** Outputs on both sides of 0, down to -1. */
export function needsSigns(loss: RuledLoss, output: OutputLayer): void {
  if (lowestOutput(output.activation) <= -1) return
  throw unfit(loss, "activation: 'linear', or another whose outputs go down to -1,", output)
}

/** Means, then as many logarithms of variances. */
export function needsMeansAndVariances(loss: RuledLoss, output: OutputLayer): void {
  if (output.activation.name !== 'linear') throw unfit(loss, "activation: 'linear'", output)
  if (output.units % 2 === 0) return
  throw new ArgumentError(
    `The loss ${loss.name} needs two units for each target in ${layerOf(output)}, first all means, then all logarithms ` +
      `of variances, but that has ${output.units}. Give it an even number.`,
  )
}

/** A cross-entropy is computed from logits, so it must know what the last layer does to them. */
function checkPaired(loss: RuledLoss, paired: 'sigmoid' | 'softmax', output: OutputLayer): void {
  const { activation } = output
  const expected = loss.fromLogits ? 'linear' : paired
  if (activation.name === expected) return
  const other = loss.fromLogits
    ? 'or leave fromLogits out'
    : activation.name === 'linear'
      ? `or use losses.${loss.name}({ fromLogits: true })`
      : 'or choose another loss'
  throw unfit(loss, `activation: '${expected}'`, output, other)
}

function checkClasses(loss: RuledLoss, output: OutputLayer): void {
  if (output.units > 1) return
  throw new ArgumentError(
    `The loss ${loss.name} needs one unit for each class, but ${layerOf(output)} has 1. For two classes in one unit use ` +
      "activation: 'sigmoid' and the loss 'binaryCrossentropy'.",
  )
}

function unfit(
  loss: RuledLoss,
  expected: string,
  output: OutputLayer,
  other = 'or choose another loss',
): ArgumentError {
  const mode = loss.fromLogits ? ' with fromLogits' : ''
  return new ArgumentError(
    `The loss ${loss.name}${mode} needs ${expected} in ${layerOf(output)}, but that has '${output.activation.name}'. ` +
      `Change it, ${other}.`,
  )
}

function layerOf(output: OutputLayer): string {
  return `the last layer (${describe(output.name)})`
}

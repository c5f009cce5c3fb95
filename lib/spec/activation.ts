import { booleanReader, type ChoiceLike, type Choices, numberReader } from '../base/choice.js'
import { maxFloat32 } from '../base/matrix.js'
import type { NativeActivation } from '../native/spec.js'

/** An activation with its parameters. */
export type ActivationSpec =
  | { readonly name: 'linear' | 'relu' | 'selu' | 'silu' | 'mish' | 'sigmoid' | 'hardSigmoid' | 'tanh' }
  | { readonly name: 'softplus' | 'softsign' | 'exponential' | 'step' | 'softmax' }
  | { readonly name: 'leakyRelu'; readonly negativeSlope: number }
  | { readonly name: 'prelu'; readonly initialSlope: number }
  | { readonly name: 'elu'; readonly alpha: number }
  | { readonly name: 'gelu'; readonly approximate: boolean }

/** An activation's name (with its defaults), `{ name, ...parameters }`, or what a factory of `activations` returns. */
export type ActivationLike = ActivationSpec['name'] | ChoiceLike<ActivationSpec>

/** The activations and the parameters of each. */
export const activationChoices = {
  linear: {},
  relu: {},
  leakyRelu: { negativeSlope: numberReader(0.01, { min: 0, max: maxFloat32 }) },
  prelu: { initialSlope: numberReader(0.25, { min: -maxFloat32, max: maxFloat32 }) },
  elu: { alpha: numberReader(1, { min: 0, max: maxFloat32 }) },
  selu: {},
  gelu: { approximate: booleanReader(false) },
  silu: {},
  mish: {},
  sigmoid: {},
  hardSigmoid: {},
  tanh: {},
  softplus: {},
  softsign: {},
  exponential: {},
  step: {},
  softmax: {},
} satisfies Choices<ActivationSpec>

/** The activation as the core takes it, which has one parameter at most: `alpha`. */
export function toNativeActivation(activation: ActivationSpec): NativeActivation {
  switch (activation.name) {
    case 'leakyRelu':
      return { name: activation.name, alpha: activation.negativeSlope }
    case 'prelu':
      return { name: activation.name, alpha: activation.initialSlope }
    case 'elu':
      return { name: activation.name, alpha: activation.alpha }
    case 'gelu':
      return { name: activation.approximate ? 'geluTanh' : 'gelu' }
    default:
      return { name: activation.name }
  }
}

/** The lower bound of an activation's outputs. */
export function lowestOutput(activation: ActivationSpec): number {
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
    case 'relu':
    case 'sigmoid':
    case 'hardSigmoid':
    case 'softplus':
    case 'exponential':
    case 'step':
    case 'softmax':
      return 0
  }
}

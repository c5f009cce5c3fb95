import { booleanReader, type Choices, numberReader } from '../base/choice.js'
import { maxFloat32 } from '../base/matrix.js'
import type { NativeActivation } from '../native/spec.js'

/** What a layer applies to its sums, with its parameters. */
export type ActivationSpec =
  | { readonly name: 'linear' | 'relu' | 'selu' | 'silu' | 'mish' | 'sigmoid' | 'hardSigmoid' | 'tanh' }
  | { readonly name: 'softplus' | 'softsign' | 'exponential' | 'step' | 'softmax' }
  | { readonly name: 'leakyRelu'; readonly negativeSlope: number }
  | { readonly name: 'prelu'; readonly initialSlope: number }
  | { readonly name: 'elu'; readonly alpha: number }
  | { readonly name: 'gelu'; readonly approximate: boolean }

/** An activation's name (with its defaults) or what a factory of `activations` returns. */
export type ActivationLike = ActivationSpec['name'] | ActivationSpec

/** The activations and what each takes. */
export const activationChoices: Choices = {
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
}

/** The activation as the core takes it: one number at most, whatever its name here. */
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

import { type ChoiceLike, type Choices, numberReader } from '../base/choice.js'
import { maxFloat32 } from '../base/matrix.js'
import type { NativeConstraint, NativeRegularizer } from '../native/spec.js'

/** A penalty of a tensor that is added to the loss: l1 sum |w|, l2 sum w^2 or both. */
export type RegularizerSpec =
  | { readonly name: 'l1'; readonly l1: number }
  | { readonly name: 'l2'; readonly l2: number }
  | { readonly name: 'l1l2'; readonly l1: number; readonly l2: number }

/** A regularizer's name, `{ name, ...parameters }`,, `{ name, ...parameters }`, or what a factory of `regularizers` returns. */
export type RegularizerLike = RegularizerSpec['name'] | ChoiceLike<RegularizerSpec>

/** A rule that changes a tensor after each update. */
export type ConstraintSpec =
  | { readonly name: 'maxNorm'; readonly limit: number }
  | { readonly name: 'unitNorm' | 'nonNeg' }

/** A constraint's name, `{ name, ...parameters }`,, `{ name, ...parameters }`, or what a factory of `constraints` returns. */
export type ConstraintLike = ConstraintSpec['name'] | ChoiceLike<ConstraintSpec>

const factor = numberReader(0.01, { min: 0, max: maxFloat32 })

/** The regularizers and the parameters of each. */
export const regularizerChoices = {
  l1: { l1: factor },
  l2: { l2: factor },
  l1l2: { l1: factor, l2: factor },
} satisfies Choices<RegularizerSpec>

/** The constraints and the parameters of each. */
export const constraintChoices = {
  maxNorm: { limit: numberReader(2, { above: 0, max: maxFloat32 }) },
  unitNorm: {},
  nonNeg: {},
} satisfies Choices<ConstraintSpec>

/** The regularizer as the core takes it. */
export function toNativeRegularizer(spec: RegularizerSpec): NativeRegularizer {
  return { l1: 0, l2: 0, ...spec }
}

/** The constraint as the core takes it. */
export function toNativeConstraint(spec: ConstraintSpec): NativeConstraint {
  return { limit: 0, ...spec }
}

import { type ChoiceLike, type Choices, numberReader, readChoice, seedReader } from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'

/**
 * An initializer of a tensor with its parameters. Random ones use their `seed`, or the model's where they have none.
 */
export type InitializerSpec =
  | { readonly name: 'zeros' | 'ones' }
  | { readonly name: 'constant'; readonly value: number }
  | {
      readonly name: 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'lecunUniform' | 'lecunNormal'
      readonly seed?: number
    }
  | { readonly name: 'randomSigns'; readonly seed?: number }
  | { readonly name: 'orthogonal'; readonly gain: number; readonly seed?: number }
  | { readonly name: 'randomUniform'; readonly min: number; readonly max: number; readonly seed?: number }
  | {
      readonly name: 'randomNormal' | 'truncatedNormal'
      readonly mean: number
      readonly stddev: number
      readonly seed?: number
    }

/** An initializer's name, `{ name, ...parameters }`, or what a factory of `initializers` returns. */
export type InitializerLike = InitializerSpec['name'] | ChoiceLike<InitializerSpec>

/** All but orthogonal: a vector has no columns to be orthogonal. */
type VectorInitializer = Exclude<InitializerSpec, { readonly name: 'orthogonal' }>

/** A bound of means and deviations: no number drawn from a normal distribution then exceeds float32. */
const normalBound = 1e30
const anyNumber = { min: -maxFloat32, max: maxFloat32 }
const seeded = { seed: seedReader }
const normal = {
  mean: numberReader(0, { min: -normalBound, max: normalBound }),
  stddev: numberReader(0.05, { min: 0, max: normalBound }),
  ...seeded,
}

/** The initializers of vectors (biases) and the parameters of each. */
const vectorInitializerChoices = {
  zeros: {},
  ones: {},
  constant: { value: numberReader(0, anyNumber) },
  glorotUniform: seeded,
  glorotNormal: seeded,
  heUniform: seeded,
  heNormal: seeded,
  lecunUniform: seeded,
  lecunNormal: seeded,
  randomUniform: { min: numberReader(-0.05, anyNumber), max: numberReader(0.05, anyNumber), ...seeded },
  randomNormal: normal,
  truncatedNormal: normal,
  randomSigns: seeded,
} satisfies Choices<VectorInitializer>

/** The initializers of matrices (kernels) and the parameters of each. */
export const initializerChoices = {
  ...vectorInitializerChoices,
  orthogonal: { gain: numberReader(1, { min: -normalBound, max: normalBound }), ...seeded },
} satisfies Choices<InitializerSpec>

/** Checks an initializer of a matrix and fills in the defaults. */
export function readInitializer(value: unknown, what: string): InitializerSpec {
  return checkBounds(readChoice<InitializerSpec>(value, what, initializerChoices), what)
}

/** Checks an initializer of a vector and fills in the defaults. */
export function readVectorInitializer(value: unknown, what: string): InitializerSpec {
  return checkBounds(readChoice<VectorInitializer>(value, what, vectorInitializerChoices), what)
}

function checkBounds(initializer: InitializerSpec, what: string): InitializerSpec {
  if (initializer.name === 'randomUniform' && initializer.min > initializer.max) {
    const { min, max } = initializer
    throw new ArgumentError(`Expected a max of at least min for ${what}, but got min ${min} and max ${max}.`)
  }
  return initializer
}

import { type Choices, numberReader, readChoice, seedReader } from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'

/** What a tensor starts from. With a `seed` it draws from that one, else from the model's. */
export type InitializerSpec =
  | { readonly name: 'zeros' | 'ones' }
  | { readonly name: 'constant'; readonly value: number }
  | {
      readonly name: 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'lecunUniform' | 'lecunNormal'
      readonly seed?: number
    }
  | { readonly name: 'orthogonal'; readonly gain: number; readonly seed?: number }
  | { readonly name: 'randomUniform'; readonly min: number; readonly max: number; readonly seed?: number }
  | {
      readonly name: 'randomNormal' | 'truncatedNormal'
      readonly mean: number
      readonly stddev: number
      readonly seed?: number
    }

/** An initializer's name or what a factory of `initializers` returns. */
export type InitializerLike = InitializerSpec['name'] | InitializerSpec

/** A vector has no orthogonal columns. */
type VectorInitializer = Exclude<InitializerSpec, { readonly name: 'orthogonal' }>

/** No draw from a normal distribution is as far from its mean as float32 reaches then. */
const far = 1e30
const any = { min: -maxFloat32, max: maxFloat32 }
const drawn = { seed: seedReader }
const normal = {
  mean: numberReader(0, { min: -far, max: far }),
  stddev: numberReader(0.05, { min: 0, max: far }),
  ...drawn,
}

/** The initializers of vectors (biases) and what each takes. */
export const vectorInitializerChoices = {
  zeros: {},
  ones: {},
  constant: { value: numberReader(0, any) },
  glorotUniform: drawn,
  glorotNormal: drawn,
  heUniform: drawn,
  heNormal: drawn,
  lecunUniform: drawn,
  lecunNormal: drawn,
  randomUniform: { min: numberReader(-0.05, any), max: numberReader(0.05, any), ...drawn },
  randomNormal: normal,
  truncatedNormal: normal,
} satisfies Choices<VectorInitializer>

/** The initializers of matrices (kernels) and what each takes. */
export const initializerChoices = {
  ...vectorInitializerChoices,
  orthogonal: { gain: numberReader(1, { min: -far, max: far }), ...drawn },
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

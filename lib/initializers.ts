import { makeChoice } from './choice.js'
import { type InitializerSpec, initializerChoices } from './spec.js'

/** What an initializer that draws takes. */
export interface InitializerOptions {
  /** A non-negative integer to draw from in place of the model's seed. */
  seed?: number | undefined
}

/**
 * Uniform in +-sqrt(6 / (inputs + units)): the default of kernels (Glorot and Bengio 2010, "Understanding the
 * difficulty of training deep feedforward neural networks", eq. 16).
 */
export function glorotUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('glorotUniform', options)
}

/** Normal, cut at two deviations, with variance 2 / (inputs + units) (Glorot and Bengio 2010, eq. 12). */
export function glorotNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('glorotNormal', options)
}

/** Uniform in +-sqrt(6 / inputs), for relu (He et al. 2015, "Delving deep into rectifiers", eq. 10). */
export function heUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('heUniform', options)
}

/** Normal, cut at two deviations, with variance 2 / inputs, for relu (He et al. 2015, eq. 10). */
export function heNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('heNormal', options)
}

/** All zeros: the default of biases. A kernel of zeros cannot learn: its units stay alike. */
export function zeros(): InitializerSpec {
  return make('zeros', {})
}

/** All ones. */
export function ones(): InitializerSpec {
  return make('ones', {})
}

function make(name: InitializerSpec['name'], options: object): InitializerSpec {
  return makeChoice(name, options, 'initializer', initializerChoices) as InitializerSpec
}

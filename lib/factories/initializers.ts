import { makeChoice } from '../base/choice.js'
import { type InitializerSpec, initializerChoices, readInitializer } from '../spec/initializer.js'

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

/**
 * Uniform in +-sqrt(3 / inputs), for selu and tanh (LeCun, Bottou, Orr and Müller 1998, "Efficient backprop", section 4.6).
 */
export function lecunUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('lecunUniform', options)
}

/** Normal, cut at two deviations, with variance 1 / inputs: what selu needs (Klambauer et al. 2017). */
export function lecunNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('lecunNormal', options)
}

/** What `orthogonal` takes. */
export interface OrthogonalOptions extends InitializerOptions {
  /** Multiplies all weights; 1 by default, sqrt(2) for relu. */
  gain?: number | undefined
}

/**
 * A kernel whose columns, or rows where there are fewer, are orthogonal and of length `gain`, drawn evenly from all such:
 * deep nets begin with signals and gradients of one size (Saxe, McClelland and Ganguli 2014, "Exact solutions to the
 * nonlinear dynamics of learning in deep linear neural networks"). Kernels alone can be orthogonal, no biases.
 */
export function orthogonal(options: OrthogonalOptions = {}): InitializerSpec {
  return make('orthogonal', options)
}

/** All zeros: the default of biases. A kernel of zeros cannot learn: its units stay alike. */
export function zeros(): InitializerSpec {
  return make('zeros', {})
}

/** All ones. */
export function ones(): InitializerSpec {
  return make('ones', {})
}

/** What `constant` takes. */
export interface ConstantOptions {
  /** 0 by default. */
  value?: number | undefined
}

/** One value for all. */
export function constant(options: ConstantOptions = {}): InitializerSpec {
  return make('constant', options)
}

/** What `randomUniform` takes. */
export interface RandomUniformOptions extends InitializerOptions {
  /** -0.05 by default. */
  min?: number | undefined
  /** At least `min`; 0.05 by default. */
  max?: number | undefined
}

/** Uniform from `min` to `max`, whatever the layer's size. */
export function randomUniform(options: RandomUniformOptions = {}): InitializerSpec {
  return make('randomUniform', options)
}

/** What `randomNormal` and `truncatedNormal` take. */
export interface RandomNormalOptions extends InitializerOptions {
  /** 0 by default. */
  mean?: number | undefined
  /** Standard deviation, at least 0; 0.05 by default. */
  stddev?: number | undefined
}

/** Normal, whatever the layer's size. */
export function randomNormal(options: RandomNormalOptions = {}): InitializerSpec {
  return make('randomNormal', options)
}

/**
 * Normal, drawn again where a number is farther than two `stddev` from the mean. As in Keras `stddev` is that of the whole
 * normal distribution; what is left has 0.88 times as much.
 */
export function truncatedNormal(options: RandomNormalOptions = {}): InitializerSpec {
  return make('truncatedNormal', options)
}

function make(name: InitializerSpec['name'], options: object): InitializerSpec {
  return readInitializer(makeChoice<InitializerSpec>(name, options, 'initializer', initializerChoices), 'initializer')
}

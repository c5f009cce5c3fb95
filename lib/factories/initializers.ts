import { makeChoice } from '../base/choice.js'
import { type InitializerSpec, initializerChoices, readInitializer } from '../spec/initializer.js'

/** Options of random initializers. */
export interface InitializerOptions {
  /** An integer of at least 0; the model's seed by default. */
  seed?: number | undefined
}

/**
 * Uniform in +-sqrt(6 / (inputs + units)), the default of kernels (Glorot and Bengio 2010, "Understanding the
 * difficulty of training deep feedforward neural networks", eq. 16).
 */
export function glorotUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('glorotUniform', options)
}

/** Normal, truncated at two deviations, with variance 2 / (inputs + units) (Glorot and Bengio 2010, eq. 12). */
export function glorotNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('glorotNormal', options)
}

/** Uniform in +-sqrt(6 / inputs), for relu (He et al. 2015, "Delving deep into rectifiers", eq. 10). */
export function heUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('heUniform', options)
}

/** Normal, truncated at two deviations, with variance 2 / inputs, for relu (He et al. 2015, eq. 10). */
export function heNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('heNormal', options)
}

/**
 * Uniform in +-sqrt(3 / inputs), for selu and tanh (LeCun, Bottou, Orr and Müller 1998, "Efficient backprop", section
 * 4.6).
 */
export function lecunUniform(options: InitializerOptions = {}): InitializerSpec {
  return make('lecunUniform', options)
}

/** Normal, truncated at two deviations, with variance 1 / inputs, as selu needs it (Klambauer et al. 2017). */
export function lecunNormal(options: InitializerOptions = {}): InitializerSpec {
  return make('lecunNormal', options)
}

/** Options of `orthogonal`. */
export interface OrthogonalOptions extends InitializerOptions {
  /** A factor of all weights; 1 by default. sqrt(2) suits relu. */
  gain?: number | undefined
}

/**
 * A random kernel whose columns (or rows, if there are fewer) are orthogonal and of length `gain`, uniformly
 * distributed. Signals and gradients of deep models then begin with the same size in all layers (Saxe, McClelland and
 * Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"). For kernels
 * only, not for biases.
 */
export function orthogonal(options: OrthogonalOptions = {}): InitializerSpec {
  return make('orthogonal', options)
}

/** All zeros, the default of biases. A kernel of zeros cannot learn, because its units stay equal. */
export function zeros(): InitializerSpec {
  return make('zeros', {})
}

/** All ones. */
export function ones(): InitializerSpec {
  return make('ones', {})
}

/** Options of `constant`. */
export interface ConstantOptions {
  /** 0 by default. */
  value?: number | undefined
}

/** The same value for all weights. */
export function constant(options: ConstantOptions = {}): InitializerSpec {
  return make('constant', options)
}

/** Options of `randomUniform`. */
export interface RandomUniformOptions extends InitializerOptions {
  /** -0.05 by default. */
  min?: number | undefined
  /** At least `min`; 0.05 by default. */
  max?: number | undefined
}

/** Uniform from `min` to `max`, for layers of any size. */
export function randomUniform(options: RandomUniformOptions = {}): InitializerSpec {
  return make('randomUniform', options)
}

/** Options of `randomNormal` and `truncatedNormal`. */
export interface RandomNormalOptions extends InitializerOptions {
  /** 0 by default. */
  mean?: number | undefined
  /** Standard deviation, at least 0; 0.05 by default. */
  stddev?: number | undefined
}

/** Normal, for layers of any size. */
export function randomNormal(options: RandomNormalOptions = {}): InitializerSpec {
  return make('randomNormal', options)
}

/**
 * Normal, but a number farther than two `stddev` from the mean is drawn again. As in Keras, `stddev` is that of the
 * whole normal distribution; the truncated one has 0.88 times as much.
 */
export function truncatedNormal(options: RandomNormalOptions = {}): InitializerSpec {
  return make('truncatedNormal', options)
}

/** 1 or -1, each with probability 1/2: a start of the scales by which members of a network differ. */
export function randomSigns(options: InitializerOptions = {}): InitializerSpec {
  return make('randomSigns', options)
}

function make(name: InitializerSpec['name'], options: object): InitializerSpec {
  return readInitializer(makeChoice<InitializerSpec>(name, options, 'initializer', initializerChoices), 'initializer')
}

import { makeChoice } from '../base/choice.js'
import { type OptimizerSpec, optimizerChoices, readOptimizer } from '../spec/optimizer.js'
import type { LearningRateLike } from '../spec/rate.js'

/** Options of every optimizer but lbfgs, beside its own. */
export interface UpdateOptions {
  /**
   * Decoupled decay, at least 0: w = w - rate * weightDecay * w before each update, biases too (Loshchilov and Hutter
   * 2019, "Decoupled weight decay regularization"). None by default.
   */
  weightDecay?: number | undefined
  /** Clips every number of a gradient to +-clipValue, above 0. Only one of the three clips can be used. */
  clipValue?: number | undefined
  /** Scales a tensor's gradient to this norm where it is longer, above 0. */
  clipNorm?: number | undefined
  /**
   * Scales the gradient of all weights to this norm where it is longer, above 0 (Pascanu, Mikolov and Bengio 2013, "On
   * the difficulty of training recurrent neural networks", algorithm 1).
   */
  globalClipNorm?: number | undefined
  /**
   * Keeps a moving average of the weights, a = ema a + (1 - ema) w after each update, from 0 to below 1 (Polyak and
   * Juditsky 1992). Validation uses the average, and at the end of fit it replaces the weights. It starts as the
   * weights after the first update, without a correction of the bias, as in Keras: n updates later their share is
   * ema^n. None by default.
   */
  ema?: number | undefined
  /**
   * The number of batches that make one update, as one batch of all their rows would; 1 by default. The last update of
   * an epoch may have fewer. Schedules count updates.
   */
  gradientAccumulationSteps?: number | undefined
}

/** Options of `sgd`. */
export interface SgdOptions extends UpdateOptions {
  /** 0.01 by default. */
  learningRate?: LearningRateLike | undefined
  /** From 0 to below 1; 0 by default. */
  momentum?: number | undefined
  /** Whether to look ahead along the velocity, which needs a momentum; false by default. */
  nesterov?: boolean | undefined
}

/**
 * Stochastic gradient descent with momentum, in PyTorch's form: v = momentum v + g, w = w - rate v; with Nesterov's
 * look-ahead w = w - rate (g + momentum v) (Sutskever et al. 2013, "On the importance of initialization and momentum in
 * deep learning").
 * @throws ArgumentError for an unknown option, a wrong value, or nesterov without momentum.
 * @example
 * const optimizer = optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 * model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
 */
export function sgd(options: SgdOptions = {}): OptimizerSpec {
  return make('sgd', options)
}

/** Options of `adagrad`. */
export interface AdagradOptions extends UpdateOptions {
  /** 0.001 by default. */
  learningRate?: LearningRateLike | undefined
  /** The initial sum of squares, at least 0; 0.1 by default. */
  initialAccumulatorValue?: number | undefined
  /** Added to the root of the sum of squares; 1e-7 by default. */
  epsilon?: number | undefined
}

/**
 * Adagrad (Duchi, Hazan and Singer 2011, "Adaptive subgradient methods for online learning and stochastic
 * optimization"), in PyTorch's form: s = s + g^2, w = w - rate g / (sqrt(s) + epsilon). The step of a weight gets
 * smaller with every gradient: for sparse inputs and convex losses. Keras has epsilon inside of the root.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.adagrad({ learningRate: 0.05 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adagrad(options: AdagradOptions = {}): OptimizerSpec {
  return make('adagrad', options)
}

/** Options of `rmsprop`. */
export interface RmspropOptions extends UpdateOptions {
  /** 0.001 by default. */
  learningRate?: LearningRateLike | undefined
  /** Decay of the mean of squared gradients, from 0 to below 1; 0.9 by default. PyTorch's alpha. */
  rho?: number | undefined
  /** From 0 to below 1; 0 by default. */
  momentum?: number | undefined
  /** Added to the root of the mean square; 1e-7 by default. */
  epsilon?: number | undefined
  /** Divides by the standard deviation of gradients, not by their root mean square; false by default. */
  centered?: boolean | undefined
  /** Adds epsilon to the mean square, before its root is taken, as Keras does; false by default. */
  epsilonInRoot?: boolean | undefined
}

/**
 * RMSprop (Hinton 2012, lecture 6e of "Neural networks for machine learning"), in PyTorch's form: s = rho s + (1 - rho)
 * g^2, u = g / (sqrt(s) + epsilon), w = w - rate u; with momentum v = momentum v + u, w = w - rate v. Centered (Graves
 * 2013, "Generating sequences with recurrent neural networks", eq. 38 to 41), s is the variance of gradients. Keras has
 * epsilon inside of the root, as epsilonInRoot does here, and the rate inside of the velocity.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const optimizer = optimizers.rmsprop({ momentum: 0.9 })
 * model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
 */
export function rmsprop(options: RmspropOptions = {}): OptimizerSpec {
  return make('rmsprop', options)
}

/** Options of `adadelta`. */
export interface AdadeltaOptions extends UpdateOptions {
  /** 0.001 by default; the paper has 1. */
  learningRate?: LearningRateLike | undefined
  /** Decay of both means of squares, from 0 to below 1; 0.95 by default. */
  rho?: number | undefined
  /** Added to both means of squares before their roots are taken; 1e-7 by default. */
  epsilon?: number | undefined
}

/**
 * Adadelta (Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1): s = rho s + (1 - rho) g^2, d =
 * sqrt(c + epsilon) / sqrt(s + epsilon) g, c = rho c + (1 - rho) d^2, w = w - rate d. It starts
 * slowly, since epsilon is the square of its first steps; with a rate of 1, the paper's, it needs no tuning.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.adadelta({ learningRate: 1 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adadelta(options: AdadeltaOptions = {}): OptimizerSpec {
  return make('adadelta', options)
}

/** Options of `adam`. */
export interface AdamOptions extends UpdateOptions {
  /** 0.001 by default. */
  learningRate?: LearningRateLike | undefined
  /** Decay of the mean of gradients, from 0 to below 1; 0.9 by default. */
  beta1?: number | undefined
  /** Decay of the mean of squared gradients, from 0 to below 1; 0.999 by default. */
  beta2?: number | undefined
  /** Added to the root of the mean square; 1e-7 by default. */
  epsilon?: number | undefined
  /** Divides by the largest mean square so far; false by default. */
  amsgrad?: boolean | undefined
  /** Adds epsilon to the root before the bias of the mean square is corrected, as Keras and scikit-learn do; false by default. */
  rawEpsilon?: boolean | undefined
}

/**
 * Adam (Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1): w = w - rate m' / (sqrt(v') +
 * epsilon), with the bias-corrected means m' and v' of gradients and squared gradients. With amsgrad (Reddi, Kale and
 * Kumar 2018, "On the convergence of Adam and beyond", algorithm 2, with PyTorch's bias correction) v' never decreases.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const learningRate = (step: number) => 0.01 * 0.99 ** step
 * model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adam(options: AdamOptions = {}): OptimizerSpec {
  return make('adam', options)
}

/** Options of `adamw`. */
export interface AdamWOptions extends AdamOptions {
  /** The decay of each weight, in units of the rate; at least 0, 0.004 by default. */
  weightDecay?: number | undefined
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2):
 * w = w - rate weightDecay w before Adam's step. As in PyTorch and Keras all weights decay, biases too.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.adamw({ weightDecay: 0.05 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adamw(options: AdamWOptions = {}): OptimizerSpec {
  return make('adamw', options)
}

/** Options of `adamax`. */
export interface AdamaxOptions extends UpdateOptions {
  /** 0.001 by default. */
  learningRate?: LearningRateLike | undefined
  /** Decay of the mean of gradients, from 0 to below 1; 0.9 by default. */
  beta1?: number | undefined
  /** Decay of the divisor of gradients, from 0 to below 1; 0.999 by default. */
  beta2?: number | undefined
  /** 1e-7 by default. adamax adds it to the absolute gradient, nadam to the root of the mean square. */
  epsilon?: number | undefined
}

/** Options of `nadam`. */
export interface NadamOptions extends AdamaxOptions {
  /**
   * How fast the momentum warms up from beta1 / 2 to beta1, at least 0; 0.004 by default, as in PyTorch. Keras's nadam has 1.
   */
  momentumDecay?: number | undefined
}

/**
 * Adamax (Kingma and Ba 2015, algorithm 2), in PyTorch's form: u = max(beta2 u, |g| + epsilon), w = w - rate m' / u,
 * with the bias-corrected mean m' of gradients. A single large gradient changes weights less than with Adam. Keras adds
 * epsilon to u.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.adamax({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adamax(options: AdamaxOptions = {}): OptimizerSpec {
  return make('adamax', options)
}

/**
 * Nadam (Dozat 2016, "Incorporating Nesterov momentum into Adam", algorithm 8), in PyTorch's form: with the momentum
 * p(t) = beta1 (1 - 0.96^(momentumDecay t) / 2) and P(t) the product of p(1) to p(t), w = w - rate ((1 - p(t)) / (1 - P(t)) g +
 * p(t + 1) / (1 - P(t + 1)) m) / (sqrt(v') + epsilon). With momentumDecay 1 it is Keras's.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.nadam({ learningRate: 0.01 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function nadam(options: NadamOptions = {}): OptimizerSpec {
  return make('nadam', options)
}

/** Options of `lion`. */
export interface LionOptions extends UpdateOptions {
  /** 0.001 by default; the paper has 0.0001. Each step changes each weight by exactly the rate. */
  learningRate?: LearningRateLike | undefined
  /** The weight of the mean in the direction of a step, from 0 to below 1; 0.9 by default. */
  beta1?: number | undefined
  /** Decay of the mean of gradients, from 0 to below 1; 0.99 by default. */
  beta2?: number | undefined
}

/**
 * Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2):
 * w = w - rate sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 - beta2) g. Its best rate is three to ten times smaller than Adam's.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.lion({ learningRate: 3e-4 }), loss: 'sparseCategoricalCrossentropy' })
 */
export function lion(options: LionOptions = {}): OptimizerSpec {
  return make('lion', options)
}

/** Options of `lbfgs`. */
export interface LbfgsOptions {
  /** The number of steps, and changes of the gradient, that it keeps, from 1 to 1000; 10 by default. */
  historySize?: number | undefined
  /** The largest number of passes over the data in one line search, from 1 to 1000; 20 by default. */
  maxLineSearchSteps?: number | undefined
  /** Training ends when no number of the gradient is larger; 1e-5 by default. */
  gradientTolerance?: number | undefined
  /**
   * Training ends when an iteration lowers the loss by less, relative to the loss where that is above 1; 2.2e-9 by
   * default.
   */
  valueTolerance?: number | undefined
}

/**
 * Limited-memory BFGS (Liu and Nocedal 1989) over all rows at once, with the line search of Moré and Thuente 1994,
 * which meets the strong Wolfe conditions. For small data, where it finds a minimum in few iterations. An epoch of fit
 * is one iteration; when a tolerance is met, fit ends with the stopReason `'converged'`. It has no learning rate, and
 * does not work with batchSize, layers with noise, batchNormalization or constraints. Each fit starts again without the
 * steps of the last one.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * model.compile({ optimizer: optimizers.lbfgs(), loss: 'sparseCategoricalCrossentropy' })
 */
export function lbfgs(options: LbfgsOptions = {}): OptimizerSpec {
  return make('lbfgs', options)
}

function make(name: OptimizerSpec['name'], options: object): OptimizerSpec {
  return readOptimizer(makeChoice<OptimizerSpec>(name, options, 'optimizer', optimizerChoices))
}

import { makeChoice } from '../base/choice.js'
import { type LossSpec, lossChoices } from '../spec/loss.js'

/** What the cross-entropies take. */
export interface CrossentropyOptions {
  /** The last layer is linear and its outputs are logits; false by default. */
  fromLogits?: boolean | undefined
  /**
   * How much of each target is spread evenly, from 0 to below 1; 0 by default. A target t becomes
   * (1 - labelSmoothing) t + labelSmoothing / classes (1/2 for the binary one), as in Keras; metrics see the targets as
   * given (Szegedy et al. 2016, "Rethinking the inception architecture", section 7).
   */
  labelSmoothing?: number | undefined
}

/** The mean over outputs of (y - target)^2. */
export function meanSquaredError(): LossSpec {
  return make('meanSquaredError', {})
}

/** The mean over outputs of |y - target|; at 0 its derivative counts as 0. */
export function meanAbsoluteError(): LossSpec {
  return make('meanAbsoluteError', {})
}

/** What `huber` takes. */
export interface HuberOptions {
  /** Where squares turn into absolute errors, above 0; 1 by default. */
  delta?: number | undefined
}

/**
 * The mean over outputs of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = y - target (Huber 1964,
 * "Robust estimation of a location parameter").
 * @throws ArgumentError for a delta not above 0.
 */
export function huber(options: HuberOptions = {}): LossSpec {
  return make('huber', options)
}

/** The mean over outputs of log(cosh(y - target)): squares near 0, absolute errors far out. */
export function logCosh(): LossSpec {
  return make('logCosh', {})
}

/**
 * The mean over outputs of -(target log p + (1 - target) log(1 - p)); targets are from 0 to 1. It takes a sigmoid
 * output layer, or a linear one with `fromLogits`.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('binaryCrossentropy', options)
}

/**
 * -sum_j target_j log p_j; targets are rows of as many numbers from 0 to 1 as there are outputs, which usually add up to
 * 1. It takes a softmax output layer, or a linear one with `fromLogits`.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('categoricalCrossentropy', options)
}

/**
 * -log p_class; targets are class numbers, from 0 on. It takes the same output layers as categoricalCrossentropy.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function sparseCategoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('sparseCategoricalCrossentropy', options)
}

/**
 * The mean over outputs of max(1 - target y, 0) (Cortes and Vapnik 1995, "Support-vector networks"). Targets are -1 and
 * 1; where all are 0 and 1, 0 is taken for -1. The last layer must reach -1: linear, tanh.
 */
export function hinge(): LossSpec {
  return make('hinge', {})
}

/** The mean over outputs of max(1 - target y, 0)^2; targets and last layer as of hinge. */
export function squaredHinge(): LossSpec {
  return make('squaredHinge', {})
}

/** What `poisson` takes. */
export interface PoissonOptions {
  /** The last layer is linear and its outputs are logarithms of rates; false by default. */
  fromLogits?: boolean | undefined
}

/**
 * For counts, or rates of them, from 0 on. The mean over outputs of y - target log(y + 1e-7), as in Keras, for outputs
 * that are not below 0 (softplus, relu). After an exponential layer, or with `fromLogits`, that of exp(z) - target z by
 * the layer's input z, with no 1e-7 needed.
 */
export function poisson(options: PoissonOptions = {}): LossSpec {
  return make('poisson', options)
}

/**
 * sum_j target_j log(target_j / p_j): how far the outputs are from a distribution; targets are from 0 to 1 and rows of
 * them usually add up to 1 (Kullback and Leibler 1951, "On information and sufficiency"). Computed from the logits of a
 * softmax or sigmoid layer; outputs of other layers, which must not go below 0, and their targets are clipped to
 * 1e-7 to 1, as in Keras.
 */
export function kullbackLeibler(): LossSpec {
  return make('kullbackLeibler', {})
}

/** What `quantile` takes. */
export interface QuantileOptions {
  /** The share of targets that is to lie below the output, above 0 and below 1; 0.5, the median, by default. */
  quantile?: number | undefined
}

/**
 * The pinball loss: the mean over outputs of max(q e, (q - 1) e), with e = target - y (Koenker and Bassett 1978,
 * "Regression quantiles").
 * @throws ArgumentError for a quantile out of its range.
 */
export function quantile(options: QuantileOptions = {}): LossSpec {
  return make('quantile', options)
}

/**
 * For targets with noise of unknown size. Rows of outputs hold a mean for each target, then a logarithm s of its variance
 * for each: the last layer is linear, with twice as many units as there are targets, and `predict` gives rows of both.
 * The loss is the mean over targets of (s + (target - mean)^2 exp(-s)) / 2 (Nix and Weigend 1994, "Estimating the mean
 * and variance of the target probability distribution", without its constant). Metrics look at the means.
 */
export function gaussianNll(): LossSpec {
  return make('gaussianNll', {})
}

/** What `focal` takes. */
export interface FocalOptions {
  /** How much less what is right already counts, at least 0; 2 by default. At 0 it is a weighted cross-entropy. */
  gamma?: number | undefined
  /**
   * After a sigmoid layer the weight of targets of 1, those of 0 have 1 - alpha (Keras's with apply_class_balancing);
   * after a softmax layer the weight of all. Above 0, and at most 1 (below 1 after sigmoid); 0.25 by default.
   */
  alpha?: number | undefined
}

/**
 * The cross-entropy with easy examples played down (Lin et al. 2017, "Focal loss for dense object detection",
 * equation 5). After a sigmoid layer the mean over outputs of -alpha_t (1 - p_t)^gamma log p_t, where p_t is p for a
 * target of 1 and 1 - p for one of 0 (Keras's BinaryFocalCrossentropy); after a softmax layer
 * -alpha sum_j target_j (1 - p_j)^gamma log p_j (Keras's CategoricalFocalCrossentropy). Targets are from 0 to 1, as many
 * a row as there are outputs. Computed from logits.
 * @throws ArgumentError for a gamma or an alpha out of its range.
 */
export function focal(options: FocalOptions = {}): LossSpec {
  return make('focal', options)
}

function make(name: LossSpec['name'], options: object): LossSpec {
  return makeChoice<LossSpec>(name, options, 'loss', lossChoices)
}

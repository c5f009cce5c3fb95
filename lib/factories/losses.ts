import { makeChoice } from '../base/choice.js'
import { type LossSpec, lossChoices } from '../spec/loss.js'

/** Options of the cross-entropies. */
export interface CrossentropyOptions {
  /** The last layer is linear and its outputs are logits; false by default. */
  fromLogits?: boolean | undefined
  /**
   * The share of each target that is spread over all classes, from 0 to below 1; 0 by default. A target t becomes
   * (1 - labelSmoothing) t + labelSmoothing / classes (labelSmoothing / 2 for binaryCrossentropy), as in Keras; metrics use
   * the original targets (Szegedy et al. 2016, "Rethinking the inception architecture", section 7).
   */
  labelSmoothing?: number | undefined
}

/** The mean over outputs of (y - target)^2. */
export function meanSquaredError(): LossSpec {
  return make('meanSquaredError', {})
}

/** The mean over outputs of |y - target|; its derivative at 0 is taken as 0. */
export function meanAbsoluteError(): LossSpec {
  return make('meanAbsoluteError', {})
}

/** Options of `huber`. */
export interface HuberOptions {
  /** The error from which on the loss is linear, above 0; 1 by default. */
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

/**
 * The mean over outputs of log(cosh(y - target)): near the squared error for small errors, the absolute for large ones.
 */
export function logCosh(): LossSpec {
  return make('logCosh', {})
}

/**
 * The mean over outputs of -(target log p + (1 - target) log(1 - p)); targets are from 0 to 1. The last layer
 * is a sigmoid, or linear with `fromLogits`.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('binaryCrossentropy', options)
}

/**
 * -sum_j target_j log p_j. A row of targets has a number from 0 to 1 for each output; they usually add up to 1. The
 * last layer is a softmax, or linear with `fromLogits`.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('categoricalCrossentropy', options)
}

/**
 * -log p_class. Targets are class numbers, from 0 on. The last layer is that of categoricalCrossentropy.
 * @throws ArgumentError for a labelSmoothing out of its range.
 */
export function sparseCategoricalCrossentropy(options: CrossentropyOptions = {}): LossSpec {
  return make('sparseCategoricalCrossentropy', options)
}

/**
 * The mean over outputs of max(1 - target y, 0) (Cortes and Vapnik 1995, "Support-vector networks"). Targets are -1 and
 * 1; if all are 0 and 1, 0 is read as -1. Outputs of the last layer must reach -1: linear, tanh.
 */
export function hinge(): LossSpec {
  return make('hinge', {})
}

/** The mean over outputs of max(1 - target y, 0)^2; targets and last layer as of hinge. */
export function squaredHinge(): LossSpec {
  return make('squaredHinge', {})
}

/** Options of `poisson`. */
export interface PoissonOptions {
  /** The last layer is linear and its outputs are logarithms of rates; false by default. */
  fromLogits?: boolean | undefined
}

/**
 * For targets that are counts, or rates of counts, of at least 0. The mean over outputs of y - target log(y + 1e-7), as
 * in Keras, for outputs that are not below 0 (softplus, relu). Behind an exponential layer, or with `fromLogits`, it is
 * the mean of exp(z) - target z, with the input z of the exponential.
 */
export function poisson(options: PoissonOptions = {}): LossSpec {
  return make('poisson', options)
}

/**
 * sum_j target_j log(target_j / p_j): the divergence of the outputs from a distribution (Kullback and Leibler 1951, "On
 * information and sufficiency"). Targets are from 0 to 1, and those of a row usually add up to 1. Computed from the
 * logits of a softmax or sigmoid layer. Outputs of other layers, which must not be below 0, and their targets are
 * clipped to 1e-7 to 1, as in Keras.
 */
export function kullbackLeibler(): LossSpec {
  return make('kullbackLeibler', {})
}

/** Options of `quantile`. */
export interface QuantileOptions {
  /** The share of targets below the output, between 0 and 1; 0.5, the median, by default. */
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
 * For targets with noise of unknown variance. A row of outputs holds the means of all targets, then the logarithms s of
 * their variances: the last layer is linear, with two units for each target, and `predict` returns both. The loss is
 * the mean over targets of (s + (target - mean)^2 exp(-s)) / 2 (Nix and Weigend 1994, "Estimating the mean and variance
 * of the target probability distribution", without its constant). Metrics use the means.
 */
export function gaussianNll(): LossSpec {
  return make('gaussianNll', {})
}

/** Options of `focal`. */
export interface FocalOptions {
  /** How much less easy examples count, at least 0; 2 by default. With 0 it is a weighted cross-entropy. */
  gamma?: number | undefined
  /**
   * Behind a sigmoid layer the weight of targets of 1, while those of 0 have 1 - alpha (Keras's apply_class_balancing);
   * behind a softmax layer the weight of all. Above 0, and at most 1 (below 1 after sigmoid); 0.25 by default.
   */
  alpha?: number | undefined
}

/**
 * The cross-entropy with less weight on easy examples (Lin et al. 2017, "Focal loss for dense object detection",
 * equation 5). Behind a sigmoid layer the mean over outputs of -alpha_t (1 - p_t)^gamma log p_t, where p_t is p for a
 * target of 1 and 1 - p for one of 0 (Keras's BinaryFocalCrossentropy); behind a softmax layer
 * -alpha sum_j target_j (1 - p_j)^gamma log p_j (Keras's CategoricalFocalCrossentropy). A row of targets has
 * a number from 0 to 1 for each output. Computed from logits.
 * @throws ArgumentError for a gamma or an alpha out of its range.
 */
export function focal(options: FocalOptions = {}): LossSpec {
  return make('focal', options)
}

function make(name: LossSpec['name'], options: object): LossSpec {
  return makeChoice<LossSpec>(name, options, 'loss', lossChoices)
}

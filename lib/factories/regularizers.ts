import { makeChoice } from '../base/choice.js'
import { type RegularizerSpec, regularizerChoices } from '../spec/tensor.js'

/**
 * Adds factor * sum |w| to the loss, which makes many weights 0 (Tibshirani 1996, "Regression shrinkage and selection
 * via the lasso"). The gradient is factor * sign(w), 0 at 0.
 * @param factor at least 0; 0.01 by default, as Keras's.
 * @throws ArgumentError for a factor below 0.
 */
export function l1(factor?: number): RegularizerSpec {
  return make('l1', { l1: factor })
}

/**
 * Adds factor * sum w^2 to the loss, which keeps weights small (Krogh and Hertz 1991, "A simple weight decay can
 * improve generalization"). The gradient is 2 factor w.
 * @param factor at least 0; 0.01 by default, as Keras's.
 * @throws ArgumentError for a factor below 0.
 * @example
 * layers.dense({ units: 64, activation: 'relu', kernelRegularizer: regularizers.l2(1e-4) })
 */
export function l2(factor?: number): RegularizerSpec {
  return make('l2', { l2: factor })
}

/** Options of `l1l2`. */
export interface L1L2Options {
  /** At least 0; 0.01 by default. */
  l1?: number | undefined
  /** At least 0; 0.01 by default. */
  l2?: number | undefined
}

/**
 * Adds l1 * sum |w| + l2 * sum w^2 to the loss (Zou and Hastie 2005, "Regularization and variable selection via the
 * elastic net").
 * @throws ArgumentError for a factor below 0.
 */
export function l1l2(options: L1L2Options = {}): RegularizerSpec {
  return make('l1l2', options)
}

function make(name: RegularizerSpec['name'], options: object): RegularizerSpec {
  return makeChoice<RegularizerSpec>(name, options, 'regularizer', regularizerChoices)
}

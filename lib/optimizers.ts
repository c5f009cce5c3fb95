import { makeChoice } from './choice.js'
import { type LearningRate, type OptimizerSpec, optimizerChoices, readOptimizer } from './compile-spec.js'

/** What `sgd` takes. */
export interface SgdOptions {
  /** 0.01 by default. */
  learningRate?: LearningRate | undefined
  /** From 0 to below 1; 0 by default. */
  momentum?: number | undefined
  /** Looks ahead along the velocity; needs a momentum. */
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

/** What `adam` takes. */
export interface AdamOptions {
  /** 0.001 by default. */
  learningRate?: LearningRate | undefined
  /** Decay of the mean of gradients, from 0 to below 1; 0.9 by default. */
  beta1?: number | undefined
  /** Decay of the mean of squared gradients, from 0 to below 1; 0.999 by default. */
  beta2?: number | undefined
  /** Added to the root of the mean square; 1e-8 by default. */
  epsilon?: number | undefined
}

/**
 * Adam (Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1): w = w - rate m' / (sqrt(v') +
 * epsilon), with the bias-corrected means m' and v' of gradients and squared gradients.
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const learningRate = (step: number) => 0.01 * 0.99 ** step
 * model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
 */
export function adam(options: AdamOptions = {}): OptimizerSpec {
  return make('adam', options)
}

function make(name: OptimizerSpec['name'], options: object): OptimizerSpec {
  return readOptimizer(makeChoice(name, options, 'optimizer', optimizerChoices))
}

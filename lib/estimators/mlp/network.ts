import * as layers from '../../factories/layers.js'
import type { NativeCompileSpec } from '../../native/spec.js'
import { Core } from '../../network/core.js'
import type { LossSpec } from '../../spec/loss.js'
import { type ModelSpec, readModel } from '../../spec/model.js'
import type { OutputKind } from '../inside.js'
import type { MLPParams } from './parameters.js'

/** The activation of the last layer. */
export type OutActivation = 'identity' | 'logistic' | 'softmax' | 'exponential'

/** The layers of a network. */
export interface Topology {
  /** Inputs, hidden units and outputs. */
  readonly units: readonly number[]
  readonly activation: MLPParams['activation']
  readonly outActivation: OutActivation
}

/** The names of activations in networks. */
export const activations = {
  identity: 'linear',
  logistic: 'sigmoid',
  tanh: 'tanh',
  relu: 'relu',
  softmax: 'softmax',
  exponential: 'exponential',
} as const

/**
 * A network with weights and biases drawn uniformly from -r to r, r² = 6 / (inputs + units of the layer), or 2 / (inputs +
 * units) with the logistic function (Glorot and Bengio 2010, as in scikit-learn).
 * @param alpha the strength of the penalty on the kernels.
 */
export function makeNetwork(topology: Topology, alpha: number, seed: number): Core {
  return new Core(specOf(topology, alpha, seed))
}

/** The layers of a network. */
export function specOf({ units, activation, outActivation }: Topology, alpha: number, seed: number): ModelSpec {
  const factor = activation === 'logistic' ? 2 : 6
  const dense = units.slice(1).map((count, i) => {
    const inputs = units[i]!
    const limit = Math.sqrt(factor / (inputs + count))
    const initializer = { name: 'randomUniform', min: -limit, max: limit } as const
    return layers.dense({
      units: count,
      activation: activations[i + 2 === units.length ? outActivation : activation],
      kernelInitializer: initializer,
      biasInitializer: initializer,
      kernelRegularizer: alpha > 0 ? { name: 'l2', l2: alpha / 2 } : undefined,
      inputShape: i === 0 ? [inputs] : undefined,
    })
  })
  return readModel({ layers: dense, seed }, 'the network', () => seed)
}

const losses: Readonly<Record<OutActivation, LossSpec['name']>> = {
  identity: 'meanSquaredError',
  logistic: 'binaryCrossentropy',
  softmax: 'sparseCategoricalCrossentropy',
  exponential: 'poisson',
}

/**
 * Makes the core train as scikit-learn: the loss of a row is a sum over outputs (half the sum of squares); the loss of a
 * batch, with the penalty, is divided by the sum of weights.
 */
export function compileFor({ units, outActivation }: Topology, params: MLPParams): NativeCompileSpec {
  const outputs = units.at(-1)!
  // The core's losses are means over outputs, except that of the softmax.
  const lossFactor = outActivation === 'softmax' ? 1 : outActivation === 'identity' ? outputs / 2 : outputs
  return {
    loss: { name: losses[outActivation], fromLogits: false },
    optimizer: optimizerFor(params),
    metrics: [],
    meanOverWeights: true,
    lossFactor,
  }
}

function optimizerFor(params: MLPParams): NativeCompileSpec['optimizer'] {
  const { solver, momentum, nesterovsMomentum, beta1, beta2, epsilon, tol } = params
  if (solver === 'adam') return { name: 'adam', beta1, beta2, epsilon, amsgrad: false, rawEpsilon: true }
  if (solver === 'sgd') return { name: 'sgd', momentum, nesterov: nesterovsMomentum && momentum > 0 }
  // The defaults of SciPy's L-BFGS-B; scikit-learn sets `tol` alone.
  return {
    name: 'lbfgs',
    historySize: 10,
    maxLineSearchSteps: 20,
    gradientTolerance: tol,
    valueTolerance: 2.220446049250313e-9,
  }
}

/** What the outputs are, as networks of other estimators say it. */
export function outputKind({ outActivation }: Topology): OutputKind {
  const loss = { name: losses[outActivation], fromLogits: false, labelSmoothing: 0 } as LossSpec
  return { activation: activations[outActivation], loss }
}

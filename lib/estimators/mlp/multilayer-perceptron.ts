import { Matrix } from '../../base/matrix.js'
import { takesThreads } from '../../learning/threads.js'
import type { Estimator } from '../estimator.js'
import { inside, type NetworkInside } from '../inside.js'
import type { OutputClasses } from './class-rows.js'
import { layersOf, type MLPLearned } from './learned.js'
import { type OutActivation, outputKind, specOf } from './network.js'

/** The properties of MLPClassifier and MLPRegressor that describe the network. They throw ERR_NOT_FITTED before fit. */
export interface MultilayerPerceptron {
  /** Copies of the kernels, from the first layer to the last. Shape (inputs, units). */
  readonly coefs: Matrix[]
  /** Copies of the biases of each layer. */
  readonly intercepts: Float32Array[]
  /** The loss of the last epoch (iteration of lbfgs), with the penalty; NaN if there was no whole epoch. */
  readonly loss: number
  /** The lowest loss of an epoch; null with earlyStopping, which compares scores. */
  readonly bestLoss: number | null
  /** The highest of `validationScores`; null without earlyStopping. */
  readonly bestValidationScore: number | null
  /** The number of layers, with those of inputs and outputs. */
  readonly nLayers: number
  /** The number of units of the last layer. */
  readonly nOutputs: number
  /** The activation of the last layer. */
  readonly outActivation: OutActivation
}

// TypeScript requires any[] of the constructor of a mixin's base.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyEstimator = abstract new (...args: any[]) => Estimator<any, any>

/** Adds the properties of a network to a classifier or regressor that learns `MLPLearned`. */
export function multilayerPerceptron<B extends AnyEstimator>(
  Base: B,
  // biome-ignore lint/suspicious/noExplicitAny: see above
): B & (abstract new (...args: any[]) => MultilayerPerceptron) {
  abstract class WithNetwork extends Base implements MultilayerPerceptron {
    get [takesThreads](): boolean {
      return true
    }

    get coefs(): Matrix[] {
      const { topology, weights } = this.#network('read coefs')
      return layersOf(topology, weights).map(({ inputs, units, kernel }) => new Matrix(kernel.slice(), inputs, units))
    }

    get intercepts(): Float32Array[] {
      const { topology, weights } = this.#network('read intercepts')
      return layersOf(topology, weights).map(({ bias }) => bias.slice())
    }

    get loss(): number {
      return this.#network('read the loss').progress.lossCurve.last ?? Number.NaN
    }

    get bestLoss(): number | null {
      const { bestLoss } = this.#network('read bestLoss').progress
      return bestLoss === Infinity ? null : bestLoss
    }

    get bestValidationScore(): number | null {
      const { bestValidationScore } = this.#network('read bestValidationScore').progress
      return bestValidationScore === -Infinity ? null : bestValidationScore
    }

    get nLayers(): number {
      return this.#network('read nLayers').topology.units.length
    }

    get nOutputs(): number {
      return this.#network('read nOutputs').topology.units.at(-1)!
    }

    get outActivation(): OutActivation {
      return this.#network('read outActivation').topology.outActivation
    }

    /** @internal */
    [inside](): NetworkInside {
      const learned = this.#network('export the network')
      const spec = specOf(learned.topology, 0, 0)
      const weights = layersOf(learned.topology, learned.weights).flatMap(({ inputs, units, kernel, bias }) => [
        new Matrix(kernel, inputs, units),
        new Matrix(bias, 1, units),
      ])
      const multilabel = (learned as Partial<OutputClasses>).multilabel ?? false
      return { spec, weights, kind: outputKind(learned.topology), multilabel }
    }

    #network(action: string): MLPLearned {
      return this.learned(action) as MLPLearned
    }
  }
  return WithNetwork
}

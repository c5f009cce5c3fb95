import type { Matrix } from '../base/matrix.js'
import type { LossSpec } from '../spec/loss.js'
import type { ModelSpec } from '../spec/model.js'

/**
 * The key under which fitted estimators show all that their predictions depend on, for writers of other formats. Its types are
 * not published (`@internal`).
 */
export const inside = Symbol('perceptra.inside')

/** What the outputs of a network are: the name of the last activation, and the loss that it was trained with. */
export interface OutputKind {
  readonly activation: string
  readonly loss: LossSpec
}

/** What a network's predictions depend on. */
export interface NetworkInside {
  readonly spec: ModelSpec
  /** In the order of `getWeights`; not to be changed. */
  readonly weights: readonly Matrix[]
  readonly kind: OutputKind
  /** Whether a row can have several labels. */
  readonly multilabel: boolean
}

/** What a linear model's predictions depend on: sums x w + b of each unit. */
export interface LinearInside {
  /** (units, features). */
  readonly weights: Float64Array
  readonly intercepts: Float64Array
  /** The name of the loss that probabilities follow from; undefined where there are none. */
  readonly shares: 'logLoss' | 'modifiedHuber' | undefined
}

/** A fitted network estimator. */
export interface HasNetworkInside {
  [inside](): NetworkInside
}

/** A fitted linear estimator. */
export interface HasLinearInside {
  [inside](): LinearInside
}

import type { NativeLinearState } from '../../native/linear.js'
import { Curve } from '../curve.js'
import { type LinearLearned, predicting, zeroState } from './learned.js'
import type { LinearModel } from './spec.js'

/** The start of a run: weights, the steps that led to them, and the step from which averages are taken. */
export interface LinearStart {
  state: NativeLinearState
  t: number
  /** The step from which the weights are averaged; 0 for no averages. */
  average: number
  /** The number of the first shuffle. */
  epoch: number
  /** Losses of earlier epochs, which this run adds to. */
  lossCurve: Curve
}

/** The sizes of a linear model. */
export interface LinearShape {
  units: number
  features: number
}

/**
 * The start of fit: `inits`, or else the weights that predict (warm start), or else zeros. Steps and averages begin anew.
 */
export function startOfFit(
  model: LinearModel,
  { units, features }: LinearShape,
  warm: LinearLearned | undefined,
  inits: Partial<Pick<NativeLinearState, 'weights' | 'intercepts'>>,
): LinearStart {
  const average = Number(model.average)
  const from = warm && predicting(warm)
  const zero = zeroState(units, features, average > 0)
  const weights = inits.weights ?? from?.weights ?? zero.weights
  const intercepts = inits.intercepts ?? from?.intercepts ?? zero.intercepts
  const epoch = warm?.progress.epochs ?? 0
  return { state: { ...zero, weights, intercepts }, t: 1, average, epoch, lossCurve: Curve.empty }
}

/** The start of partialFit: the end of the last training. */
export function startOfPartialFit(
  model: LinearModel,
  shape: LinearShape,
  before: LinearLearned | undefined,
): LinearStart {
  if (!before) return startOfFit(model, shape, undefined, {})
  const { state, averageFrom } = before
  const { t, epochs: epoch } = before.progress
  const lossCurve = before.progress.lossCurve.recent()
  if (!model.average) {
    return { state: { ...state, averageWeights: new Float64Array(0) }, t, average: 0, epoch, lossCurve }
  }
  if (averageFrom !== undefined) return { state, t, average: averageFrom, epoch, lossCurve }
  // The parameter `average` was set since: averages begin now.
  const { averageWeights, averageIntercepts } = zeroState(shape.units, shape.features, true)
  const average = Math.max(Number(model.average), t)
  return { state: { ...state, averageWeights, averageIntercepts }, t, average, epoch, lossCurve }
}

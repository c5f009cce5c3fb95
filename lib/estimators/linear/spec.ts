import { native } from '../../native/addon.js'
import type { NativeLinearSpec, NativeLinearState } from '../../native/linear.js'
import { type LinearLearned, predicting, zeroState } from './learned.js'

/** The part of a native spec that parameters decide; what they leave open has no part in the formulas. */
export type LinearModel = Omit<NativeLinearSpec, 'classes' | 'units' | 'seed' | 'threads' | 'steps' | 'average'> & {
  average: boolean | number
}

interface SgdParams {
  loss: NativeLinearSpec['loss']
  penalty: 'l1' | 'l2' | 'elasticNet' | null
  alpha: number
  l1Ratio: number | null
  fitIntercept: boolean
  epsilon: number
  learningRate: NativeLinearSpec['learningRate']
  eta0: number
  powerT: number
  average: boolean | number
}

/** Parameters of SGD as the core takes them. */
export function sgdModel(params: SgdParams): LinearModel {
  const { loss, penalty, alpha, l1Ratio, fitIntercept, epsilon, learningRate, eta0, powerT, average } = params
  return {
    ...{ loss, alpha, fitIntercept, epsilon, learningRate, eta0, powerT, average },
    penalty: penalty ?? 'none',
    l1Ratio: l1Ratio ?? 0,
    batch: 0,
  }
}

/** Threads for so many units, as the parameter nJobs counts them. */
export function threadsFor(nJobs: number | null, units: number): number {
  const wanted = nJobs === null ? 1 : nJobs > 0 ? nJobs : Math.max(1, native.info().cores + 1 + nJobs)
  return Math.min(wanted, units, 256)
}

/** Where a run starts: weights, the steps behind them, and the step from which averages are taken. */
export interface LinearStart {
  state: NativeLinearState
  t: number
  /** 0 for none. */
  average: number
  /** Which shuffle comes first. */
  epoch: number
}

/**
 * Where fit starts: from zero, or (warm) from the weights that predict; steps and averages begin anew.
 * @param given weights in place of either.
 */
export function startOfFit(
  model: LinearModel,
  units: number,
  features: number,
  warm: LinearLearned | undefined,
  given: Partial<Pick<NativeLinearState, 'weights' | 'intercepts'>>,
): LinearStart {
  const average = Number(model.average)
  const from = warm && predicting(warm)
  const zero = zeroState(units, features, average > 0)
  const weights = given.weights ?? from?.weights ?? zero.weights
  const intercepts = given.intercepts ?? from?.intercepts ?? zero.intercepts
  return { state: { ...zero, weights, intercepts }, t: 1, average, epoch: warm?.epochs ?? 0 }
}

/** Where partialFit starts: where the last training ended. */
export function startOfPartialFit(
  model: LinearModel,
  units: number,
  features: number,
  before: LinearLearned | undefined,
): LinearStart {
  if (!before) return startOfFit(model, units, features, undefined, {})
  const { state, t, epochs: epoch } = before
  const zero = zeroState(units, features, true)
  const { averageWeights: none } = zeroState(units, features, false)
  if (!model.average) return { state: { ...state, averageWeights: none }, t, average: 0, epoch }
  // Averages that were not wanted so far begin now.
  if (before.averageFrom !== undefined) return { state, t, average: before.averageFrom, epoch }
  const { averageWeights, averageIntercepts } = zero
  return {
    state: { ...state, averageWeights, averageIntercepts },
    t,
    average: Math.max(Number(model.average), t),
    epoch,
  }
}

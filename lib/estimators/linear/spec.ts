import { native } from '../../native/addon.js'
import type { NativeLinearSpec } from '../../native/linear.js'

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

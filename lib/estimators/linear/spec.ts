import { native } from '../../native/addon.js'
import type { NativeLinearSpec } from '../../native/linear.js'

/** The part of a native spec that parameters decide. Parameters that an estimator lacks are neutral in the formulas. */
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

/** The parameters of SGD for the core. */
export function sgdModel(params: SgdParams): LinearModel {
  const { loss, penalty, alpha, l1Ratio, fitIntercept, epsilon, learningRate, eta0, powerT, average } = params
  return {
    ...{ loss, alpha, fitIntercept, epsilon, learningRate, eta0, powerT, average },
    penalty: penalty ?? 'none',
    l1Ratio: l1Ratio ?? 0,
    batch: 0,
  }
}

/** Threads for `units` units by the parameter nJobs. */
export function threadsFor(nJobs: number | null, units: number): number {
  const threads = nJobs === null ? 1 : nJobs > 0 ? nJobs : Math.max(1, native().info().cores + 1 + nJobs)
  return Math.min(threads, units, 256)
}

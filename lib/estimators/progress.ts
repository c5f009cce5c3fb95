import { checkOneOf, optionKeys } from '../base/check.js'
import { restoreCount, restoreNumbers } from '../learning/restore.js'
import { Curve } from './curve.js'
import type { EstimatorStopReason } from './fit-limits.js'

/** Counts and logs of training that every estimator keeps. */
export interface Progress {
  /** Whole epochs (iterations of L-BFGS) of the last fit or partialFit. */
  readonly nIter: number
  /** A count of rows, as scikit-learn's `t_`. */
  readonly t: number
  /** Epochs begun in all fits, modulo 2^32: the number of the next shuffle. */
  readonly epochs: number
  readonly stopReason: EstimatorStopReason
  readonly lossCurve: Curve
  readonly validationScores: Curve
}

/** The keys of `Progress` in a file. */
export const progressKeys = optionKeys<Progress>({
  nIter: true,
  t: true,
  epochs: true,
  stopReason: true,
  lossCurve: true,
  validationScores: true,
})

/**
 * Progress from a file.
 * @param stopReasons the reasons that this kind of estimator has.
 * @throws ArgumentError for a wrong value.
 */
export function restoreProgress(json: Record<string, unknown>, stopReasons: readonly EstimatorStopReason[]): Progress {
  return {
    nIter: restoreCount(json.nIter, 'nIter'),
    t: restoreCount(json.t, 't'),
    epochs: restoreCount(json.epochs, 'epochs', { max: 2 ** 32 - 1 }),
    stopReason: checkOneOf(json.stopReason, 'stopReason', stopReasons),
    lossCurve: Curve.of(restoreNumbers(json.lossCurve, 'lossCurve')),
    validationScores: Curve.of(restoreNumbers(json.validationScores, 'validationScores')),
  }
}

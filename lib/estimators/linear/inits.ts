import { mismatch, optionKeys } from '../../base/check.js'
import { type MatrixLike, toTable } from '../../base/matrix.js'
import type { EstimatorFitOptions } from '../fit-limits.js'
import { readNumbers } from '../numbers.js'
import type { LinearShape } from './start.js'

/** What `fit` of the linear estimators takes. */
export interface LinearFitOptions extends EstimatorFitOptions {
  /** Weights to start from in place of zeros, in the shape of `coef`. */
  coefInit?: MatrixLike | undefined
  /** Intercepts to start from in place of zeros, in the shape of `intercept`. */
  interceptInit?: readonly number[] | Float64Array | Float32Array | undefined
}

/** The keys of `LinearFitOptions` beside those of every estimator. */
export const initKeys = optionKeys<Omit<LinearFitOptions, keyof EstimatorFitOptions>>({
  coefInit: true,
  interceptInit: true,
})

/**
 * Weights and intercepts to start from.
 * @throws ArgumentError where their shape does not fit.
 */
export function readInits({ coefInit, interceptInit }: LinearFitOptions, { units, features }: LinearShape) {
  const inits: { weights?: Float64Array; intercepts?: Float64Array } = {}
  if (coefInit !== undefined) {
    const table = toTable(coefInit, 'coefInit', features, Float64Array)
    if (table.rows !== units) throw mismatch('coefInit', `${units} rows`, `${table.rows}`)
    inits.weights = Float64Array.from(table.data)
  }
  if (interceptInit !== undefined) inits.intercepts = readNumbers(interceptInit, 'interceptInit', units)
  return inits
}

import { mismatch, optionKeys } from '../../base/check.js'
import { type MatrixLike, toTable } from '../../base/matrix.js'
import type { EstimatorFitOptions } from '../fit-limits.js'
import { readNumbers } from '../regressor.js'

/** What `fit` of the linear estimators takes beside the options of all. */
export interface LinearFitOptions extends EstimatorFitOptions {
  /** Weights to start from in place of zeros: as `coef` has them. */
  coefInit?: MatrixLike | undefined
  /** Intercepts to start from in place of zeros: as `intercept` has them. */
  interceptInit?: readonly number[] | Float64Array | Float32Array | undefined
}

type OwnOptions = Omit<LinearFitOptions, keyof EstimatorFitOptions>
export const initKeys = optionKeys<OwnOptions>({ coefInit: true, interceptInit: true })

/**
 * Weights and intercepts to start from.
 * @throws ArgumentError where their shape does not fit.
 */
export function readInits({ coefInit, interceptInit }: LinearFitOptions, units: number, features: number) {
  const given: { weights?: Float64Array; intercepts?: Float64Array } = {}
  if (coefInit !== undefined) {
    const table = toTable(coefInit, 'coefInit', features)
    if (table.rows !== units) throw mismatch('coefInit', `${units} rows`, `${table.rows}`)
    given.weights = Float64Array.from(table.data)
  }
  if (interceptInit !== undefined) given.intercepts = readNumbers(interceptInit, 'interceptInit', units)
  return given
}

import { checkNumber, checkOptions, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

const defaultCoverage = 0.9

/** Options of conformal predictors. */
export interface ConformalOptions {
  /** The share of new rows whose prediction will contain the true value: above 0 and below 1; 0.9 by default. */
  coverage?: number | undefined
}

/**
 * Checks the option keys (`coverage` and `otherKeys`) and reads the coverage.
 * @throws ArgumentError for wrong options.
 */
export function readCoverage(options: ConformalOptions, name: string, otherKeys: readonly string[]): number {
  checkOptions(options, name, [...optionKeys<ConformalOptions>({ coverage: true }), ...otherKeys])
  return checkNumber(options.coverage ?? defaultCoverage, 'coverage', { above: 0, below: 1 })
}

/**
 * The conformal quantile: the score of rank ceil((n + 1) coverage) among n rows. A new row from the same distribution
 * has a score at most as high with a probability of at least `coverage`. Vovk, Gammerman and Shafer 2005, Algorithmic
 * learning in a random world; in this form Lei et al. 2018, Distribution-free predictive inference for regression,
 * algorithm 2.
 * @throws ArgumentError for too few rows.
 */
export function conformalQuantile(scores: Float64Array, coverage: number): number {
  // The tolerance keeps rounding errors from raising a whole number to the next.
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9)
  if (rank > scores.length) {
    const minRows = Math.ceil(coverage / (1 - coverage) - 1e-9)
    throw new ArgumentError(
      `Expected at least ${minRows} rows to calibrate a coverage of ${coverage} with, but got ${scores.length}.`,
    )
  }
  return scores.slice().sort()[rank - 1]!
}

import { checkNumber, checkOptions, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** The share of rows to be right about, where it is not given. */
const usual = 0.9

/** What conformal predictors take. */
export interface ConformalOptions {
  /** The share of new rows whose answer will be among those given: above 0 and below 1; 0.9 by default. */
  coverage?: number | undefined
}

/**
 * Reads the coverage.
 * @throws ArgumentError for wrong options.
 */
export function readCoverage(options: ConformalOptions, name: string, more: readonly string[]): number {
  checkOptions(options, name, [...optionKeys<ConformalOptions>({ coverage: true }), ...more])
  return checkNumber(options.coverage ?? usual, 'coverage', { above: 0, below: 1 })
}

/**
 * The score that ceil((n + 1) coverage) of n rows do not exceed: a new row, drawn as these were, does not exceed it with at
 * least that chance. Vovk, Gammerman and Shafer 2005, Algorithmic learning in a random world; in this form Lei et al. 2018,
 * Distribution-free predictive inference for regression, algorithm 2.
 * @throws ArgumentError where that takes more rows.
 */
export function conformalQuantile(scores: Float64Array, coverage: number): number {
  // What is whole but for rounding is whole.
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9)
  if (rank > scores.length) {
    const least = Math.ceil(coverage / (1 - coverage) - 1e-9)
    throw new ArgumentError(
      `Expected at least ${least} rows to calibrate a coverage of ${coverage} with, but got ${scores.length}.`,
    )
  }
  return scores.slice().sort()[rank - 1]!
}

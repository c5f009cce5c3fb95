import { checkInteger, checkNumber, checkOptions, optionKeys } from '../base/check.js'
import { meanOf } from '../math/statistics.js'
import type { CandidateResult } from './candidates.js'

/** When to stop a candidate that scores less than the best. */
export interface StopLosers {
  /** The number of splits that it is scored on at least; 2 by default. */
  afterSplits?: number | undefined
  /** How far its mean may lie below that of the best candidate so far, on the same splits; 0 by default. */
  margin?: number | undefined
}

/** `StopLosers` with its defaults. */
export type LoserRule = { readonly [K in keyof StopLosers]-?: number }

/**
 * The option `stopLosers`; undefined for false.
 * @throws ArgumentError for a wrong value.
 */
export function readStopLosers(value: unknown = false): LoserRule | undefined {
  if (value === false) return undefined
  const options = value === true ? {} : value
  checkOptions(options, 'stopLosers', optionKeys<StopLosers>({ afterSplits: true, margin: true }))
  const { afterSplits = 2, margin = 0 } = options as StopLosers
  return {
    afterSplits: checkInteger(afterSplits, 'afterSplits of stopLosers', { min: 1 }),
    margin: checkNumber(margin, 'margin of stopLosers', { min: 0 }),
  }
}

/** Whether a candidate with scores of the first `splits` splits is to be stopped. */
export function loses(
  { scores }: CandidateResult,
  best: CandidateResult,
  splits: number,
  { afterSplits, margin }: LoserRule,
): boolean {
  if (splits < afterSplits) return false
  return !(meanOf(scores.subarray(0, splits)) >= meanOf(best.scores.subarray(0, splits)) - margin)
}

import { checkInteger, checkNumber, checkOptions } from '../base/check.js'
import { meanOf } from '../math/statistics.js'
import type { CandidateResult } from './candidates.js'

/** When a candidate that loses is given up. */
export interface StopLosers {
  /** How many splits it is scored on at least; 2 by default. */
  afterSplits?: number | undefined
  /** How much its mean may lie below that of the best candidate so far, on the same splits; 0 by default. */
  margin?: number | undefined
}

/** `StopLosers` with its defaults. */
export type LoserRule = { readonly [K in keyof StopLosers]-?: number }

/** @throws ArgumentError for wrong options; undefined for false. */
export function readStopLosers(value: unknown = false): LoserRule | undefined {
  if (value === false) return undefined
  const given = value === true ? {} : value
  checkOptions(given, 'stopLosers', ['afterSplits', 'margin'])
  const { afterSplits = 2, margin = 0 } = given as StopLosers
  return {
    afterSplits: checkInteger(afterSplits, 'afterSplits of stopLosers', { min: 1 }),
    margin: checkNumber(margin, 'margin of stopLosers', { min: 0 }),
  }
}

export function loses(
  { scores }: CandidateResult,
  best: CandidateResult,
  splits: number,
  { afterSplits, margin }: LoserRule,
): boolean {
  if (splits < afterSplits) return false
  return !(meanOf(scores.subarray(0, splits)) >= meanOf(best.scores.subarray(0, splits)) - margin)
}

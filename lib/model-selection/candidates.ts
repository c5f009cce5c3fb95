import { deviationOf, meanOf } from '../math/statistics.js'
import type { SplitScore } from './evaluation.js'

/** Parameters to try. */
export interface Candidate {
  readonly params: Record<string, unknown>
  /** Of each split, the training rows to take in place of all. */
  readonly subsets?: readonly Uint32Array[]
  readonly round?: number
  readonly resource?: number
}

/** Parameters that a search tries, and how it went. */
export interface CandidateResult {
  /** The place in which it was proposed, counted from 0. */
  candidate: number
  params: Record<string, unknown>
  /** 1 for the best; those that were not tried on all splits come behind. */
  rank: number
  /** Of the splits that were scored. */
  mean: number
  std: number
  /** One a split; NaN where it was not scored, or failed. */
  scores: Float64Array
  /** With `returnTrainScore`. */
  trainScores?: Float64Array
  /** Seconds, the mean over splits. */
  fitTime: number
  scoreTime: number
  /** `'done'` on all splits, `'lost'` and stopped early, or `'unfinished'` when the search was cut short. */
  status: 'done' | 'lost' | 'unfinished'
  /** HalvingSearch alone: the round, counted from 0, and the rows (or the value of the resource) that it had. */
  round?: number
  resource?: number
}

/** A candidate that has no scores yet. */
export function emptyResult(
  { params, round, resource }: Candidate,
  candidate: number,
  splits: number,
  returnTrainScore: boolean,
): CandidateResult {
  const scores = new Float64Array(splits).fill(Number.NaN)
  return {
    candidate,
    params,
    rank: 0,
    mean: Number.NaN,
    std: Number.NaN,
    scores,
    ...(returnTrainScore && { trainScores: scores.slice() }),
    fitTime: Number.NaN,
    scoreTime: Number.NaN,
    status: 'unfinished',
    ...(round !== undefined && { round }),
    ...(resource !== undefined && { resource }),
  }
}

/** Whether a candidate goes before another: a later round, a higher mean, or the same and an earlier place. */
export function isAhead(a: CandidateResult, b: CandidateResult | undefined): boolean {
  if (Number.isNaN(a.mean)) return false
  if (!b) return true
  const later = (a.round ?? 0) - (b.round ?? 0)
  if (later !== 0) return later > 0
  return a.mean > b.mean || (a.mean === b.mean && a.candidate < b.candidate)
}

export function settle(result: CandidateResult, scored: readonly (SplitScore | undefined)[], withTrain: boolean): void {
  const there = scored.filter((each) => each !== undefined)
  for (const [split, each] of scored.entries()) {
    if (!each) continue
    result.scores[split] = each.score
    if (withTrain) result.trainScores![split] = each.trainScore!
  }
  const values = there.map(({ score }) => score)
  result.mean = meanOf(values)
  result.std = deviationOf(values)
  result.fitTime = meanOf(there.map(({ fitTime }) => fitTime))
  result.scoreTime = meanOf(there.map(({ scoreTime }) => scoreTime))
}

const places = { done: 0, lost: 1, unfinished: 2 } as const

/** The best first: those on all splits, then those that lost, then the others; equal ones share a rank. */
export function rank(results: readonly CandidateResult[]): CandidateResult[] {
  const ranked = [...results].sort((a, b) => {
    if (a.status !== b.status) return places[a.status] - places[b.status]
    return isAhead(a, Number.isNaN(b.mean) ? undefined : b)
      ? -1
      : isAhead(b, Number.isNaN(a.mean) ? undefined : a)
        ? 1
        : a.candidate - b.candidate
  })
  for (const [k, result] of ranked.entries()) {
    const before = ranked[k - 1]
    const same =
      before &&
      before.status === result.status &&
      before.round === result.round &&
      (before.mean === result.mean || (Number.isNaN(before.mean) && Number.isNaN(result.mean)))
    result.rank = same ? before.rank : k + 1
  }
  return ranked
}

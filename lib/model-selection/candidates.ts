import { deviationOf, meanOf } from '../math/statistics.js'
import type { EvaluationSpec, SplitScore } from './evaluation.js'

/** A set of parameters to try. */
export interface Candidate {
  readonly params: Record<string, unknown>
  /** For each split, the training rows to use; all of them if undefined. */
  readonly subsets?: readonly Uint32Array[] | undefined
  readonly round?: number
  readonly resource?: number
}

/** One of several scores of a candidate. */
export interface MetricResult {
  /** Mean and standard deviation over the splits that were scored. */
  mean: number
  std: number
  /** One score a split; NaN for a split that was not scored, or whose fit failed. */
  scores: Float64Array
  /** With `returnTrainScore`. */
  trainScores?: Float64Array
}

/** The parameters of a candidate and their scores. */
export interface CandidateResult {
  /** The number of the candidate in the order of proposals, from 0. */
  candidate: number
  params: Record<string, unknown>
  /** 1 for the best; candidates that were not tried on all splits rank last. */
  rank: number
  /** Mean and standard deviation over the splits that were scored. */
  mean: number
  std: number
  /** One score a split; NaN for a split that was not scored, or whose fit failed. */
  scores: Float64Array
  /** With `returnTrainScore`. */
  trainScores?: Float64Array
  /** With several scores, each of them by its name; the fields above are those of the score that decides. */
  metrics?: Record<string, MetricResult>
  /** Seconds, the mean over splits. */
  fitTime: number
  scoreTime: number
  /** `'done'` on all splits; `'lost'`: stopped by stopLosers; `'unfinished'`: the search ended earlier. */
  status: 'done' | 'lost' | 'unfinished'
  /** HalvingSearch alone: the round, from 0, and its number of rows (or the value of its resource). */
  round?: number
  resource?: number
}

/** A candidate that has no scores yet. */
export function emptyResult(
  { params, round, resource }: Candidate,
  candidate: number,
  splits: number,
  { returnTrainScore, scorers: { names } }: Pick<EvaluationSpec, 'returnTrainScore' | 'scorers'>,
): CandidateResult {
  const list = () => new Float64Array(splits).fill(Number.NaN)
  const empty = (): MetricResult => ({
    ...{ mean: Number.NaN, std: Number.NaN, scores: list() },
    ...(returnTrainScore && { trainScores: list() }),
  })
  return {
    candidate,
    params,
    rank: 0,
    ...empty(),
    ...(names && { metrics: Object.fromEntries(names.map((name) => [name, empty()])) }),
    fitTime: Number.NaN,
    scoreTime: Number.NaN,
    status: 'unfinished',
    ...(round !== undefined && { round }),
    ...(resource !== undefined && { resource }),
  }
}

/** Whether `a` ranks before `b`: by a later round, a higher mean, or an earlier number. */
export function isAhead(a: CandidateResult, b: CandidateResult | undefined): boolean {
  if (Number.isNaN(a.mean)) return false
  if (!b) return true
  const later = (a.round ?? 0) - (b.round ?? 0)
  if (later !== 0) return later > 0
  return a.mean > b.mean || (a.mean === b.mean && a.candidate < b.candidate)
}

/** Writes the scores of splits, and their means, into a result. */
export function setScores(result: CandidateResult, scores: readonly (SplitScore | undefined)[]): void {
  const done = scores.filter((score) => score !== undefined)
  const write = (
    to: MetricResult,
    testOf: (score: SplitScore) => number,
    trainOf: (score: SplitScore) => number | undefined,
  ) => {
    for (const [split, score] of scores.entries()) {
      if (!score) continue
      to.scores[split] = testOf(score)
      if (to.trainScores) to.trainScores[split] = trainOf(score)!
    }
    to.mean = meanOf(done.map(testOf))
    to.std = deviationOf(done.map(testOf))
  }
  write(
    result,
    ({ score }) => score,
    ({ trainScore }) => trainScore,
  )
  for (const [at, metric] of Object.values(result.metrics ?? {}).entries()) {
    write(
      metric,
      (score) => score.scores[at]!,
      (score) => score.trainScores?.[at],
    )
  }
  result.fitTime = meanOf(done.map(({ fitTime }) => fitTime))
  result.scoreTime = meanOf(done.map(({ scoreTime }) => scoreTime))
}

/** The order of candidates by how far they came. */
export const statusOrder = { done: 0, lost: 1, unfinished: 2 } as const

/** Sorts results, the best first: done on all splits, then lost, then unfinished. Equal ones share a rank. */
export function rank(results: readonly CandidateResult[]): CandidateResult[] {
  const ranked = [...results].sort((a, b) => {
    if (a.status !== b.status) return statusOrder[a.status] - statusOrder[b.status]
    return isAhead(a, Number.isNaN(b.mean) ? undefined : b)
      ? -1
      : isAhead(b, Number.isNaN(a.mean) ? undefined : a)
        ? 1
        : a.candidate - b.candidate
  })
  for (const [k, result] of ranked.entries()) {
    const previous = ranked[k - 1]
    const same =
      previous &&
      previous.status === result.status &&
      previous.round === result.round &&
      (previous.mean === result.mean || (Number.isNaN(previous.mean) && Number.isNaN(result.mean)))
    result.rank = same ? previous.rank : k + 1
  }
  return ranked
}

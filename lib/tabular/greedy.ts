import type { Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import { uniforms } from '../math/random.js'
import { matrixOf, takeRows } from './known-rows.js'
import type { Task, Truth } from './task.js'

/** How often a candidate is added, in each of so many samples of the rows. */
const rounds = 40
const samples = 10
/** Rows of a sample, at most. */
const mostSampled = 4000
/** Rows to draw from: so many, or fewer with many outputs, but not below the least. */
const mostRows = 20_000
const leastRows = 5000
const mostCells = 200_000

/**
 * Candidates with a smaller mean share are left out: samples give them to candidates that one selection would drop. On rows that
 * chose nothing, averages without them were as good, and each network takes time with each row.
 */
const leastShare = 0.05

/**
 * Weights of candidates for an average: the candidate that helps the average most is added again and again, and the weights are the
 * shares of the additions up to the best average. Of few rows, other ones would have chosen other candidates: so this is done for
 * several samples, drawn with replacement (of classes from each in turn), and the weights are the means, without the small ones.
 *
 * Sources: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models", section 2.2; Breiman 1996,
 * "Bagging predictors": means over samples.
 * @param outputs those of each candidate for rows that it was not trained with; of many rows some are compared.
 * @param deadline as performance.now() counts: no round begins after it, but the first.
 */
export function* greedyWeights(
  all: readonly Matrix[],
  truth: Truth,
  { cost }: Pick<Task, 'cost'>,
  deadline = Infinity,
): Work<number[]> {
  if (all.length === 1) return [1]
  const some = yield* someRows(all, truth)
  const sums = new Array<number>(all.length).fill(0)
  const strata = strataOf(some.truth)
  const random = uniforms(0)
  let done = 0
  while (done < samples && (done === 0 || performance.now() < deadline)) {
    const weights = yield* weightsOn(yield* taken(some, drawnFrom(strata, random)), cost, deadline)
    for (const [k, weight] of weights.entries()) sums[k]! += weight
    done++
  }
  return withoutSmall(sums.map((sum) => sum / done))
}

function withoutSmall(shares: readonly number[]): number[] {
  const least = Math.min(leastShare, Math.max(...shares))
  const kept = shares.map((share) => (share < least ? 0 : share))
  const sum = kept.reduce((total, share) => total + share, 0)
  return kept.map((share) => share / sum)
}

/** Outputs of candidates, and the truth of the rows. */
interface Compared {
  readonly outputs: readonly Matrix[]
  readonly truth: Truth
}

function* weightsOn({ outputs, truth }: Compared, cost: Task['cost'], deadline: number): Work<number[]> {
  const { rows, cols } = outputs[0]!
  const counts = new Array<number>(outputs.length).fill(0)
  const sum = new Float32Array(rows * cols)
  const trial = new Matrix(new Float32Array(rows * cols), rows, cols)
  let [best, bestCounts] = [Infinity, counts]
  for (let round = 1; round <= rounds; round++) {
    if (round > 1 && performance.now() >= deadline) break
    let [lowest, chosen] = [Infinity, 0]
    for (const [k, { data }] of outputs.entries()) {
      for (let i = 0; i < sum.length; i++) trial.data[i] = (sum[i]! + data[i]!) / round
      const value = cost(trial, truth)
      if (value < lowest) [lowest, chosen] = [value, k]
      yield
    }
    counts[chosen]!++
    const { data } = outputs[chosen]!
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!
    if (lowest < best) [best, bestCounts] = [lowest, [...counts]]
  }
  const total = bestCounts.reduce((count, own) => count + own, 0)
  return bestCounts.map((count) => count / total)
}

/** The rows of each class; of numbers all together. */
function strataOf(truth: Truth): readonly (readonly number[])[] {
  const strata = new Map<number, number[]>()
  for (const [row, own] of truth.entries()) {
    const stratum = truth instanceof Int32Array ? own : 0
    const rows = strata.get(stratum)
    if (rows) rows.push(row)
    else strata.set(stratum, [row])
  }
  return [...strata.values()]
}

/** Rows drawn with replacement: of each stratum its share, and one at least, since a metric may need all classes. */
function drawnFrom(strata: readonly (readonly number[])[], random: () => number): Uint32Array {
  const all = strata.reduce((sum, { length }) => sum + length, 0)
  const share = Math.min(1, mostSampled / all)
  const drawn = strata.flatMap((rows) =>
    Array.from(
      { length: Math.max(1, Math.round(rows.length * share)) },
      () => rows[Math.floor(random() * rows.length)]!,
    ),
  )
  return Uint32Array.from(drawn)
}

/** Rows at equal distances, which are of all splits. */
function* someRows(outputs: readonly Matrix[], truth: Truth): Work<Compared> {
  const { rows, cols } = outputs[0]!
  const count = Math.min(rows, mostRows, Math.max(leastRows, Math.floor(mostCells / cols)))
  if (count === rows) return { outputs, truth }
  return yield* taken(
    { outputs, truth },
    Uint32Array.from({ length: count }, (_, k) => Math.floor((k * rows) / count)),
  )
}

function* taken({ outputs, truth }: Compared, rows: Uint32Array): Work<Compared> {
  const own: Matrix[] = []
  for (const { data, cols } of outputs) own.push(yield* matrixOf(data, cols, rows))
  return { outputs: own, truth: takeRows(truth, rows) }
}

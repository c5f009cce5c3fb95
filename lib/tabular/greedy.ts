import type { Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import { matrixOf, takeRows } from './known-rows.js'
import type { Task, Truth } from './task.js'

/** How often a candidate is added. */
const rounds = 40
/** Rows to compare averages on: so many, or fewer with many outputs, but not below the least. */
const mostRows = 20_000
const leastRows = 5000
const mostCells = 200_000

/**
 * Weights of candidates for an average: the candidate that helps the average most is added again and again, and the weights are the
 * shares of the additions up to the best average.
 *
 * Source: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models", section 2.2.
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
  const { outputs, own } = yield* someRows(all, truth)
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
      const value = cost(trial, own)
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

/** Rows at equal distances, which are of all splits. */
function* someRows(all: readonly Matrix[], truth: Truth): Work<{ outputs: readonly Matrix[]; own: Truth }> {
  const { rows, cols } = all[0]!
  const count = Math.min(rows, mostRows, Math.max(leastRows, Math.floor(mostCells / cols)))
  if (count === rows) return { outputs: all, own: truth }
  const chosen = Uint32Array.from({ length: count }, (_, k) => Math.floor((k * rows) / count))
  const outputs: Matrix[] = []
  for (const { data } of all) outputs.push(yield* matrixOf(data, cols, chosen))
  return { outputs, own: takeRows(truth, chosen) }
}

import type { Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import type { Targets, Task } from './task.js'

/** How often a candidate is added. */
const rounds = 40

/**
 * Weights of candidates for an average: the candidate that helps the average most is added again and again, and the weights are the
 * shares of the additions up to the best average.
 *
 * Source: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models", section 2.2.
 * @param outputs those of each candidate for rows that it was not trained with.
 */
export function* greedyWeights(outputs: readonly Matrix[], y: Targets, { cost }: Pick<Task, 'cost'>): Work<number[]> {
  const { rows, cols } = outputs[0]!
  const counts = new Array<number>(outputs.length).fill(0)
  const sum = new Float32Array(rows * cols)
  const trial = new Matrix(new Float32Array(rows * cols), rows, cols)
  let [best, bestCounts] = [Infinity, counts]
  for (let round = 1; round <= rounds; round++) {
    let [lowest, chosen] = [Infinity, 0]
    for (const [k, { data }] of outputs.entries()) {
      for (let i = 0; i < sum.length; i++) trial.data[i] = (sum[i]! + data[i]!) / round
      const value = cost(trial, y)
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

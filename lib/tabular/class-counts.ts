import { argMax } from '../math/arg-max.js'

/** The class of a row: that of the largest product of probability and factor; of the largest probability without factors. */
export function classOf(probabilities: ArrayLike<number>, factors: readonly number[] | undefined): number {
  if (factors === undefined) return argMax(probabilities)
  let best = 0
  for (let k = 1; k < factors.length; k++) {
    if (probabilities[k]! * factors[k]! > probabilities[best]! * factors[best]!) best = k
  }
  return best
}

/** Metrics of labels in which a row of a rare class counts more than others. */
export type CountMetric = 'f1' | 'balancedAccuracy'

/** Rows by class: how many there are, how many are predicted, and how many of these are right. */
export class ClassCounts {
  readonly #truth: Float64Array
  readonly #predicted: Float64Array
  readonly #right: Float64Array

  constructor(classes: number) {
    this.#truth = new Float64Array(classes)
    this.#predicted = new Float64Array(classes)
    this.#right = new Float64Array(classes)
  }

  add(truth: number, predicted: number): void {
    this.#truth[truth]!++
    this.#predicted[predicted]!++
    if (truth === predicted) this.#right[truth]!++
  }

  /** Predicts another class for a row that was added. */
  move(truth: number, from: number, to: number): void {
    this.#predicted[from]!--
    this.#predicted[to]!++
    if (truth === from) this.#right[from]!--
    if (truth === to) this.#right[to]!++
  }

  /**
   * `accuracy` is the share of right rows; `f1` that of the second of two classes, otherwise the mean over the classes that there are or that are predicted;
   * `balancedAccuracy` the mean of the recalls of the classes that there are.
   */
  score(metric: CountMetric | 'accuracy'): number {
    const classes = this.#truth.length
    if (metric === 'accuracy') return sumOf(this.#right) / sumOf(this.#truth)
    if (metric === 'f1' && classes === 2) return this.#f1(1) || 0
    let [sum, count] = [0, 0]
    for (let k = 0; k < classes; k++) {
      const own = metric === 'f1' ? this.#f1(k) : this.#right[k]! / this.#truth[k]!
      if (Number.isNaN(own)) continue
      sum += own
      count++
    }
    return count > 0 ? sum / count : Number.NaN
  }

  /** NaN for a class that no row has and none is predicted to have. */
  #f1(k: number): number {
    return (2 * this.#right[k]!) / (this.#truth[k]! + this.#predicted[k]!)
  }
}

const sumOf = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0)

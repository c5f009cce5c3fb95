import { mismatch } from '../base/check.js'
import type { LabelPair } from './labels.js'

// A confusion matrix of 10,000 labels takes 800 MB.
const maxLabels = 10_000

/** Sums of weights by label. */
interface Tally {
  /** Of the rows with the right prediction. */
  readonly hits: Float64Array
  /** Of the rows with the label: its support. */
  readonly truth: Float64Array
  /** Of the rows with the label as their prediction. */
  readonly predicted: Float64Array
}

/** Sums the weights of rows by true and by predicted label; -1 does not count. */
export function tally({ labels, truth, predicted, weights, rows }: LabelPair): Tally {
  const sums = {
    hits: new Float64Array(labels.length),
    truth: new Float64Array(labels.length),
    predicted: new Float64Array(labels.length),
  }
  for (let i = 0; i < rows; i++) {
    const [label, prediction] = [truth[i]!, predicted[i]!]
    const weight = weights ? weights[i]! : 1
    if (label >= 0) sums.truth[label]! += weight
    if (prediction >= 0) sums.predicted[prediction]! += weight
    if (label >= 0 && label === prediction) sums.hits[label]! += weight
  }
  return sums
}

/**
 * Sums of weights by true label (row) and predicted label (column); rows of other labels do not count.
 * @throws ArgumentError for so many labels that they are assumed to be numbers.
 */
export function confusionOf({ labels, truth, predicted, weights, rows }: LabelPair): Float64Array {
  const count = labels.length
  if (count > maxLabels)
    throw mismatch('yTrue and yPred', `at most ${maxLabels} labels`, `${count}`, 'Are they numbers?')
  const table = new Float64Array(count * count)
  for (let i = 0; i < rows; i++) {
    if (truth[i]! < 0 || predicted[i]! < 0) continue
    table[truth[i]! * count + predicted[i]!]! += weights ? weights[i]! : 1
  }
  return table
}

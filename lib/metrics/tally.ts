import { mismatch } from '../base/check.js'
import type { LabelPair } from './labels.js'

// A table of them takes 800 MB.
const mostLabels = 10_000

/** Sums of weights by label. */
export interface Tally {
  /** Of the rows that were predicted right. */
  readonly hits: Float64Array
  /** Of the rows that have the label: its support. */
  readonly truth: Float64Array
  /** Of the rows for which it was predicted. */
  readonly predicted: Float64Array
}

/** A row counts for its own label and for the one that was predicted, as far as these were asked for. */
export function tally({ labels, truth, predicted, weights, rows }: LabelPair): Tally {
  const sums = {
    hits: new Float64Array(labels.length),
    truth: new Float64Array(labels.length),
    predicted: new Float64Array(labels.length),
  }
  for (let i = 0; i < rows; i++) {
    const [own, other] = [truth[i]!, predicted[i]!]
    const weight = weights ? weights[i]! : 1
    if (own >= 0) sums.truth[own]! += weight
    if (other >= 0) sums.predicted[other]! += weight
    if (own >= 0 && own === other) sums.hits[own]! += weight
  }
  return sums
}

/**
 * Sums of weights by true label (row) and predicted label (column); rows of other labels are left out.
 * @throws ArgumentError for so many labels that they are hardly any.
 */
export function confusionOf({ labels, truth, predicted, weights, rows }: LabelPair): Float64Array {
  const count = labels.length
  if (count > mostLabels)
    throw mismatch('yTrue and yPred', `at most ${mostLabels} labels`, `${count}`, 'Are they numbers?')
  const table = new Float64Array(count * count)
  for (let i = 0; i < rows; i++) {
    if (truth[i]! < 0 || predicted[i]! < 0) continue
    table[truth[i]! * count + predicted[i]!]! += weights ? weights[i]! : 1
  }
  return table
}

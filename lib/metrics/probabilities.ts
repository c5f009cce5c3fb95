import { describe, mismatch } from '../check.js'
import { ArgumentError } from '../errors.js'
import type { Label } from '../estimators/labels.js'
import { listed, readLabelList, readTruth } from './labels.js'
import { placeName, readScores, type Scores } from './scores.js'
import { warn } from './warnings.js'
import { readRowWeights } from './weights.js'

/** Probabilities of each row's labels, and which label it has. */
export interface Predicted {
  readonly labels: readonly Label[]
  /** The place in `labels` of each row's label. */
  readonly truth: Int32Array
  readonly rows: number
  readonly scores: Scores
  /** The probability that row i has label k. */
  at(row: number, label: number): number
  /** The rounding of the numbers given: float32's or float64's. */
  readonly epsilon: number
  readonly weights: Float64Array | undefined
}

/**
 * Reads probabilities: one a label, in the order of `labels`, or for two labels the second one's alone.
 * @throws ArgumentError for one below 0 or above 1, another number of columns, or labels that say too little.
 */
export function readPredicted(yTrue: unknown, yProba: unknown, labels: unknown, sampleWeight: unknown): Predicted {
  const { labels: known, truth, rows } = readTruth(yTrue, readLabelList(labels, 2))
  const scores = readProbabilities(yProba, rows)
  if (known.length === 1) {
    const hint = 'Give all labels that there can be as labels.'
    throw new ArgumentError(`Expected at least two labels in yTrue, but each row has ${describe(known[0])}. ${hint}`)
  }
  const { data, columns } = scores
  if (columns !== known.length && !(columns === 1 && known.length === 2)) {
    const hint = `The labels are ${listed(known)}: give all that there can be as labels, in the order of the columns.`
    throw mismatch('yProba', `rows of ${known.length} numbers, as many as there are labels`, `rows of ${columns}`, hint)
  }
  const at =
    columns === 1
      ? (row: number, label: number) => (label === 1 ? data[row]! : 1 - data[row]!)
      : (row: number, label: number) => data[row * columns + label]!
  const epsilon = epsilonOf(scores)
  if (columns > 1) warnOfSums(scores, epsilon)
  return { labels: known, truth, rows, scores, at, epsilon, weights: readRowWeights(sampleWeight, rows) }
}

/** @throws ArgumentError that names the first row with a number below 0 or above 1. */
export function readProbabilities(yProba: unknown, rows: number, name = 'yProba'): Scores {
  const scores = readScores(yProba, name, rows)
  const wrong = scores.data.findIndex((p: number) => !(p >= 0 && p <= 1))
  if (wrong === -1) return scores
  throw mismatch(
    placeName(name, wrong, scores.columns),
    'a probability from 0 to 1',
    describe(scores.data[wrong]),
    'Logits and decision values are none.',
  )
}

export function epsilonOf({ data }: Scores): number {
  return data instanceof Float32Array ? 2 ** -23 : Number.EPSILON
}

function warnOfSums(scores: Scores, epsilon: number): void {
  if (findOtherSum(scores, Math.sqrt(epsilon) + 1e-8) === -1) return
  warn('MetricInputWarning', 'The rows of yProba do not add up to 1: are they probabilities?')
}

/** The first row that does not add up to 1; -1 if there is none. */
export function findOtherSum({ data, rows, columns }: Scores, tolerance: number): number {
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let k = 0; k < columns; k++) sum += data[i * columns + k]!
    if (!(Math.abs(sum - 1) <= tolerance)) return i
  }
  return -1
}

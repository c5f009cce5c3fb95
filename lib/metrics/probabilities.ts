import { findInSteps, rowBlocks, runNow, type Work } from '../base/breathing.js'
import { describe, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readSampleWeightInSteps } from '../base/sample-weight.js'
import type { Label } from '../learning/labels.js'
import { listed, readLabelList, readTruthInSteps } from './labels.js'
import { placeName, readScoresInSteps, type Scores } from './scores.js'
import { warn } from './warnings.js'

/** Predicted probabilities and true labels. */
export interface Predicted {
  readonly labels: readonly Label[]
  /** The index in `labels` of each row's label. */
  readonly truth: Int32Array
  readonly rows: number
  readonly scores: Scores
  /** The probability that row i has label k. */
  at(row: number, label: number): number
  /** The precision of the probabilities: float32's or float64's. */
  readonly epsilon: number
  readonly weights: Float64Array | undefined
}

/**
 * Reads probabilities: a column for each label, in the order of `labels`, or for two labels the column of the second alone.
 * @throws ArgumentError for a number below 0 or above 1, a wrong number of columns, or a single label.
 */
export function readPredicted(yTrue: unknown, yProba: unknown, labels: unknown, sampleWeight: unknown): Predicted {
  return runNow(readPredictedInSteps(yTrue, yProba, labels, sampleWeight))
}

export function* readPredictedInSteps(
  yTrue: unknown,
  yProba: unknown,
  labelList: unknown,
  sampleWeight: unknown,
): Work<Predicted> {
  const { labels, truth, rows } = yield* readTruthInSteps(yTrue, readLabelList(labelList, 2))
  const scores = yield* readProbabilitiesInSteps(yProba, rows)
  checkColumns(labels, scores.columns, 'yProba')
  const { data, columns } = scores
  const at =
    columns === 1
      ? (row: number, label: number) => (label === 1 ? data[row]! : 1 - data[row]!)
      : (row: number, label: number) => data[row * columns + label]!
  const epsilon = epsilonOf(scores)
  if (columns > 1) yield* warnOfSums(scores)
  const weights = yield* readSampleWeightInSteps(sampleWeight, rows)
  return { labels, truth, rows, scores, at, epsilon, weights }
}

/**
 * Checks the number of columns: a column for each label, or for two labels that of the second alone.
 * @throws ArgumentError for a wrong number of columns, or a single label.
 */
export function checkColumns(labels: readonly Label[], columns: number, name: string): void {
  if (labels.length === 1) {
    const hint = 'Pass all possible labels as `labels`.'
    throw new ArgumentError(`Expected at least two labels in yTrue, but each row has ${describe(labels[0])}. ${hint}`)
  }
  if (columns === labels.length || (columns === 1 && labels.length === 2)) return
  const hint = `The labels are ${listed(labels)}. Pass all possible labels as \`labels\`, in the order of the columns.`
  const expected = `rows of ${labels.length} numbers, as many as there are labels`
  throw mismatch(name, expected, `rows of ${columns}`, hint)
}

/** @throws ArgumentError that names the first row with a number below 0 or above 1. */
export function readProbabilities(yProba: unknown, rows: number | undefined, name = 'yProba'): Scores {
  return runNow(readProbabilitiesInSteps(yProba, rows, name))
}

function* readProbabilitiesInSteps(yProba: unknown, rows: number | undefined, name = 'yProba'): Work<Scores> {
  const scores = yield* readScoresInSteps(yProba, name, rows)
  const { data } = scores
  const wrong = yield* findInSteps(data.length, (k) => !(data[k]! >= 0 && data[k]! <= 1))
  if (wrong === -1) return scores
  throw mismatch(
    placeName(name, wrong, scores.columns),
    'a probability from 0 to 1',
    describe(scores.data[wrong]),
    'Logits and decision values are not probabilities.',
  )
}

function epsilonOf({ data }: Scores): number {
  return data instanceof Float32Array ? 2 ** -23 : Number.EPSILON
}

/** The tolerance is that of float32, also for float64 numbers: those of models were float32 before. */
function* warnOfSums(scores: Scores): Work<void> {
  if ((yield* findOtherSumInSteps(scores, 2 ** -11.5)) === -1) return
  warn('MetricInputWarning', 'The rows of yProba do not sum to 1: are they probabilities?')
}

/** The first row that does not sum to 1; -1 for none. */
export function findOtherSum(scores: Scores, tolerance: number): number {
  return runNow(findOtherSumInSteps(scores, tolerance))
}

function* findOtherSumInSteps({ data, rows, columns }: Scores, tolerance: number): Work<number> {
  let found = -1
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let i = begin; i < end && found === -1; i++) {
      let sum = 0
      for (let k = 0; k < columns; k++) sum += data[i * columns + k]!
      if (!(Math.abs(sum - 1) <= tolerance)) found = i
    }
  })
  return found
}

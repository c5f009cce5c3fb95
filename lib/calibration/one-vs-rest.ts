import { rowBlocks, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { readSampleWeightInSteps } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList, readTruthInSteps } from '../metrics/labels.js'
import { checkColumns, readPredictedInSteps, readProbabilities } from '../metrics/probabilities.js'
import { readScores, readScoresInSteps, type Scores, type ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, readColumns } from './fitted.js'

/** What a calibration reads: probabilities, or any scores, such as weighted sums. */
export type CalibrationInput = 'probabilities' | 'scores'

/** Rows to calibrate with. */
interface CalibrationRows {
  readonly labels: readonly Label[]
  /** The index in `labels` of each row's label. */
  readonly truth: Int32Array
  readonly weights: Float64Array | undefined
  readonly rows: number
  at(row: number, label: number): number
}

/** @throws ArgumentError for wrong data or options. */
function* readRows(
  yScore: ScoresLike,
  yTrue: LabelsLike,
  { labels, sampleWeight }: CalibrationFitOptions,
  input: CalibrationInput,
): Work<CalibrationRows> {
  if (input === 'probabilities') return yield* readPredictedInSteps(yTrue, yScore, labels, sampleWeight)
  const { labels: all, truth, rows } = yield* readTruthInSteps(yTrue, readLabelList(labels, 2))
  const { data, columns } = yield* readScoresInSteps(yScore, 'yScore', rows)
  checkColumns(all, columns, 'yScore')
  const at = (row: number, label: number) => data[columns === 1 ? row : row * columns + label]!
  return { labels: all, truth, rows, at, weights: yield* readSampleWeightInSteps(sampleWeight, rows) }
}

/**
 * Fits a function of the score for each label against the rest, for two labels that of the second alone.
 * @param fit fits one function to the scores of rows; `isPositive` is 1 for rows of its label.
 */
export function* fitOneVsRest<F>(
  yScore: ScoresLike,
  yTrue: LabelsLike,
  options: CalibrationFitOptions,
  input: CalibrationInput,
  fit: (scores: Float64Array, isPositive: Uint8Array, weights: Float64Array | undefined) => Work<F>,
): Work<{ functions: F[]; labels: readonly Label[] }> {
  const { labels, truth, rows, at, weights } = yield* readRows(yScore, yTrue, options, input)
  const [scores, isPositive] = [new Float64Array(rows), new Uint8Array(rows)]
  const functions: F[] = []
  for (const label of labelsWithFunction(labels)) {
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let i = begin; i < end; i++) {
        scores[i] = at(i, label)
        isPositive[i] = Number(truth[i] === label)
      }
    })
    functions.push(yield* fit(scores, isPositive, weights))
  }
  return { functions, labels }
}

/**
 * Calibrated probabilities, in as many columns as `yScore` has. Rows of more than two labels are divided by their sum; one of
 * zeros becomes uniform.
 * @param apply the probability of a score by a function of `fitOneVsRest`.
 */
export function transformOneVsRest<F>(
  yScore: ScoresLike,
  { functions, labels }: { functions: readonly F[]; labels: readonly Label[] },
  input: CalibrationInput,
  apply: (fitted: F, score: number) => number,
): Matrix {
  const read = (values: ScoresLike, rows: number | undefined): Scores =>
    input === 'probabilities' ? readProbabilities(values, rows) : readScores(values, 'yScore', rows)
  const count = labels.length
  const { data, rows, columns } = readColumns(yScore, count, read)
  const out = new Matrix(new Float32Array(rows * columns), rows, columns)
  const shares = new Float64Array(count)
  for (let i = 0; i < rows; i++) {
    const from = i * columns
    if (count === 2) {
      const second = apply(functions[0]!, data[from + columns - 1]!)
      out.data[from + columns - 1] = second
      if (columns === 2) out.data[from] = 1 - second
      continue
    }
    let sum = 0
    for (let k = 0; k < count; k++) sum += shares[k] = apply(functions[k]!, data[from + k]!)
    for (let k = 0; k < count; k++) out.data[from + k] = sum === 0 ? 1 / count : shares[k]! / sum
  }
  return out
}

/** The indices of labels that have a function: of two the second alone, since the two add up to 1. */
function labelsWithFunction(labels: readonly Label[]): number[] {
  return labels.length === 2 ? [1] : [...labels.keys()]
}

/**
 * Functions from JSON, one for each label that has one.
 * @throws ArgumentError for another number of them.
 */
export function restoreFunctions<F>(
  json: unknown,
  name: string,
  labels: readonly Label[],
  restore: (json: unknown, name: string) => F,
): F[] {
  const count = labelsWithFunction(labels).length
  if (!Array.isArray(json)) throw invalid(name, 'an array', json)
  if (json.length !== count) throw mismatch(name, `${count} ${name}`, `${json.length}`)
  return json.map((one, k) => restore(one, `${name}[${k}]`))
}

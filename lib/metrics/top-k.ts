import { checkBoolean, checkInteger, optionKeys } from '../base/check.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, readLabelList, readTruth } from './labels.js'
import { checkColumns } from './probabilities.js'
import { readScores, type Scores, type ScoresLike } from './scores.js'
import { warn } from './warnings.js'
import { averageOf, type ShareOptions } from './weights.js'

/** Options of `topKAccuracy`. */
export interface TopKOptions extends ShareOptions {
  /** The number of guesses for each row; 2 by default. */
  k?: number | undefined
  /** All possible labels, in the order of the columns; those of `yTrue`, sorted, by default. */
  labels?: readonly Label[] | undefined
}

/**
 * The share of rows whose label has one of the `k` highest scores; of tied scores the last columns come first. For two labels in a
 * single column, with k = 1, the second label is predicted above 0.5 (above 0 if scores are not probabilities). Warns if `k`
 * covers all labels.
 * @param yScore a column for each label, or for two labels a number for each row.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 */
export function topKAccuracy(yTrue: LabelsLike, yScore: ScoresLike, options: TopKOptions = {}): number {
  checkMetricOptions(
    options,
    'topKAccuracy',
    optionKeys<TopKOptions>({ sampleWeight: true, normalize: true, k: true, labels: true }),
  )
  const k = checkInteger(options.k ?? 2, 'k', { min: 1 })
  const normalize = checkBoolean(options.normalize ?? true, 'normalize')
  const { labels, truth, rows } = readTruth(yTrue, readLabelList(options.labels, 2))
  const scores = readScores(yScore, 'yScore', rows)
  checkColumns(labels, scores.columns, 'yScore')
  const weights = readSampleWeight(options.sampleWeight, rows)
  if (k >= labels.length) {
    warn('UndefinedMetricWarning', `k = ${k} covers all ${labels.length} labels: each row counts as right.`)
  }
  const isHit =
    scores.columns === 1 ? binaryHits(scores, truth, k) : (row: number) => placeOf(scores, row, truth[row]!) < k
  return averageOf(rows, weights, (row) => Number(isHit(row)), normalize)
}

/** The number of labels with a higher score. */
function placeOf({ data, columns }: Scores, row: number, label: number): number {
  const score = data[row * columns + label]!
  let before = 0
  for (let j = 0; j < columns; j++) {
    const other = data[row * columns + j]!
    if (other > score || (other === score && j > label)) before++
  }
  return before
}

function binaryHits({ data }: Scores, truth: Int32Array, k: number): (row: number) => boolean {
  if (k > 1) return () => true
  const threshold = data.some((score: number) => score < 0 || score > 1) ? 0 : 0.5
  return (row) => Number(data[row]! > threshold) === truth[row]
}

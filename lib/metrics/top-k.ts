import { checkBoolean, checkInteger } from '../base/check.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions, readLabelList, readTruth } from './labels.js'
import { checkColumns } from './probabilities.js'
import { readScores, type Scores, type ScoresLike } from './scores.js'
import { warn } from './warnings.js'
import { averageOf, readRowWeights, type ShareOptions } from './weights.js'

/** What `topKAccuracy` takes. */
export interface TopKOptions extends ShareOptions {
  /** How many guesses a row has; 2 by default. */
  k?: number | undefined
  /** All labels that there can be, in the order of the columns; those of `yTrue`, sorted, when missing. */
  labels?: readonly Label[] | undefined
}

/**
 * The share of rows whose label is among the `k` of the highest scores; of tied ones the last columns come first. For two
 * labels and one column, with k = 1, a row is of the second label above 0.5 (above 0 where scores are no probabilities).
 * Warns where `k` takes in all labels.
 * @param yScore a column a label, or for two labels one number a row.
 * @throws ArgumentError for wrong labels, scores, weights or options.
 */
export function topKAccuracy(yTrue: LabelsLike, yScore: ScoresLike, options: TopKOptions = {}): number {
  checkMetricOptions(options, 'topKAccuracy', ['sampleWeight', 'normalize', 'k', 'labels'])
  const k = checkInteger(options.k ?? 2, 'k', { min: 1 })
  const normalize = checkBoolean(options.normalize ?? true, 'normalize')
  const { labels, truth, rows } = readTruth(yTrue, readLabelList(options.labels, 2))
  const scores = readScores(yScore, 'yScore', rows)
  checkColumns(labels, scores.columns, 'yScore')
  const weights = readRowWeights(options.sampleWeight, rows)
  if (k >= labels.length) {
    warn('UndefinedMetricWarning', `k = ${k} takes in all ${labels.length} labels: each row counts as right.`)
  }
  const isHit =
    scores.columns === 1 ? binaryHits(scores, truth, k) : (row: number) => placeOf(scores, row, truth[row]!) < k
  return averageOf(rows, weights, (row) => Number(isHit(row)), normalize)
}

/** How many labels come before this one. */
function placeOf({ data, columns }: Scores, row: number, label: number): number {
  const own = data[row * columns + label]!
  let before = 0
  for (let j = 0; j < columns; j++) {
    const other = data[row * columns + j]!
    if (other > own || (other === own && j > label)) before++
  }
  return before
}

function binaryHits({ data }: Scores, truth: Int32Array, k: number): (row: number) => boolean {
  if (k > 1) return () => true
  const threshold = data.some((score: number) => score < 0 || score > 1) ? 0 : 0.5
  return (row) => Number(data[row]! > threshold) === truth[row]
}

import { checkOneOf, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import type { LabelOptions } from './confusion.js'
import { type LabelPair, listed, readLabelList, readPair } from './labels.js'
import { tally } from './tally.js'
import { readZeroDivision, type ZeroDivision } from './undefined.js'
import { warn } from './warnings.js'
import { meanOf } from './weights.js'

/** How the numbers of several labels become one. */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'none'

/** What precision, recall and the F-scores take. */
export interface PrecisionOptions extends LabelOptions {
  /**
   * `'binary'` (the default) looks at the label `posLabel` of two; `'macro'` is the mean over labels, `'weighted'` that by
   * the weight of their rows, `'micro'` counts the rows of all labels together; `'none'` gives an array, one number a label.
   */
  average?: Average | undefined
  /** The label that counts where the average is binary: 1, or true, when missing. */
  posLabel?: Label | undefined
  /** What 0 / 0 is; 0 with a warning when missing. NaN is left out of means. */
  zeroDivision?: ZeroDivision | undefined
}

export const precisionOptionKeys = optionKeys<PrecisionOptions>({
  sampleWeight: true,
  labels: true,
  average: true,
  posLabel: true,
  zeroDivision: true,
})

/** Precision, recall and F-score of each label that counts, or of all of them together. */
export interface Shares {
  readonly labels: readonly Label[]
  readonly precision: Float64Array
  readonly recall: Float64Array
  readonly fScore: Float64Array
  /** The weight of each label's rows. */
  readonly support: Float64Array
}

/** One of the three, in the words of warnings. */
export type ShareName = 'Precision' | 'Recall' | 'F-score'

/** What was read of the options. */
export interface PrecisionRequest {
  readonly pair: LabelPair
  readonly average: Average
  readonly zeroDivision: ZeroDivision
}

/**
 * Reads labels and options.
 * @throws ArgumentError for wrong ones; for more than two labels where the average is binary, as it is by default.
 */
export function readRequest(
  yTrue: unknown,
  yPred: unknown,
  options: PrecisionOptions,
  otherwise: Average = 'binary',
): PrecisionRequest {
  const known = ['binary', 'micro', 'macro', 'weighted', 'none'] as const
  const average = checkOneOf(options.average ?? otherwise, 'average', known)
  const zeroDivision = readZeroDivision(options.zeroDivision)
  const asked = readLabelList(options.labels)
  if (average !== 'binary') {
    const pair = readPair(yTrue, yPred, options.sampleWeight, asked)
    const { posLabel } = options
    if (posLabel !== undefined && posLabel !== 1 && posLabel !== true) {
      const hint = 'For one label alone give labels: [posLabel].'
      warn('MetricInputWarning', `posLabel counts only where average is 'binary', but it is '${average}'. ${hint}`)
    }
    return { pair, average, zeroDivision }
  }
  if (asked) {
    throw new ArgumentError("Expected no labels where average is 'binary': give posLabel, or another average.")
  }
  const all = readPair(yTrue, yPred, options.sampleWeight)
  const positive = readPositive(options.posLabel, all)
  return { pair: only(all, positive), average, zeroDivision }
}

/** The place of the positive label among those of the rows; -1 where no row has it. */
function readPositive(given: unknown, { labels }: LabelPair): number {
  if (labels.length > 2) {
    const hint = "Choose another average: 'micro', 'macro', 'weighted' or 'none'."
    throw new ArgumentError(`Expected two labels where average is 'binary', but there are ${labels.length}. ${hint}`)
  }
  const positive = given ?? (typeof labels[0] === 'boolean' ? true : 1)
  const place = labels.indexOf(positive as Label)
  if (place >= 0) return place
  if (labels.length === 2) {
    throw invalid('posLabel', `one of the labels ${listed(labels)}`, given, 'It says which of the two counts.')
  }
  if (typeof positive !== typeof labels[0] && given !== undefined) {
    throw mismatch('posLabel', `a ${typeof labels[0]}, as the labels are`, `a ${typeof positive}`)
  }
  return -1
}

/** The same rows, seen as one label and all others. */
function only(pair: LabelPair, place: number): LabelPair {
  const mark = (code: number) => (place >= 0 && code === place ? 0 : -1)
  return {
    ...pair,
    labels: [pair.labels[place] ?? 1],
    truth: pair.truth.map(mark),
    predicted: pair.predicted.map(mark),
  }
}

/**
 * All three, by label or, for micro, of all rows together. With e = beta^2 the F-score is
 * (1 + e) tp / ((1 + e) tp + e fn + fp); van Rijsbergen 1979, Information retrieval, chapter 7.
 * @param warnFor of which of them a 0 / 0 is to be told.
 */
export function shares(
  { pair, average, zeroDivision }: PrecisionRequest,
  beta: number,
  warnFor: readonly ShareName[],
): Shares {
  const sums = tally(pair)
  const together = (values: Float64Array) =>
    average === 'micro' ? Float64Array.of(values.reduce((sum, value) => sum + value, 0)) : values
  const [hits, truth, predicted] = [together(sums.hits), together(sums.truth), together(sums.predicted)]
  const divide = (tops: Float64Array, bottoms: Float64Array, name: ShareName, what: string) => {
    if (zeroDivision === 'warn' && warnFor.includes(name)) warnOfZeros(bottoms, pair, name, what)
    return tops.map((top, k) => (bottoms[k] === 0 ? (zeroDivision === 'warn' ? 0 : zeroDivision) : top / bottoms[k]!))
  }
  const precision = divide(hits, predicted, 'Precision', 'predicted')
  const recall = divide(hits, truth, 'Recall', 'true')
  const square = beta ** 2
  const fScore = () =>
    divide(
      hits.map((sum) => (1 + square) * sum),
      truth.map((sum, k) => square * sum + predicted[k]!),
      'F-score',
      'true or predicted',
    )
  const score = beta === 0 ? precision : beta === Infinity ? recall : fScore()
  return { labels: pair.labels, precision, recall, fScore: score, support: sums.truth }
}

function warnOfZeros(bottoms: Float64Array, { labels }: LabelPair, name: ShareName, what: string): void {
  const places = [...bottoms.keys()].filter((k) => bottoms[k] === 0)
  if (places.length === 0) return
  const whose = bottoms.length > 1 ? ` for the labels ${listed(places.map((k) => labels[k]!))}` : ''
  const hint = 'The option zeroDivision sets it, and silences this.'
  warn(
    'UndefinedMetricWarning',
    `${name} is not defined${whose}, since there are no ${what} rows: it is set to 0. ${hint}`,
  )
}

/** One number of those of several labels; NaN does not count. */
export function combine(values: Float64Array, support: Float64Array, average: Average): number {
  const defined = [...values.keys()].filter((k) => !Number.isNaN(values[k]!))
  const numbers = defined.map((k) => values[k]!)
  const weights = average === 'weighted' ? defined.map((k) => support[k]!) : undefined
  // Where no row has any of the labels, all count the same.
  return weights?.some((weight) => weight > 0) ? meanOf(numbers, weights) : meanOf(numbers)
}

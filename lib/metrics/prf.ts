import { checkOneOf, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import type { LabelOptions } from './confusion.js'
import { type LabelPair, listed, readLabelList, readPair } from './labels.js'
import { tally } from './tally.js'
import { readZeroDivision, type ZeroDivision } from './undefined.js'
import { warn } from './warnings.js'
import { meanOf } from './weights.js'

/** How the numbers of several labels are combined. */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'none'

/** Options of precision, recall and F-scores. */
export interface PrecisionOptions extends LabelOptions {
  /**
   * `'binary'` (the default) is the number of the label `posLabel` of two; `'macro'` is the mean over labels, `'weighted'` the mean
   * weighted by their support, `'micro'` counts the rows of all labels together; `'none'` gives an array, a number for each label.
   */
  average?: Average | undefined
  /** The label of the average 'binary'; 1 or true by default. */
  posLabel?: Label | undefined
  /** The value of 0 / 0; 0 with a warning by default. Means leave NaN out. */
  zeroDivision?: ZeroDivision | undefined
}

export const precisionOptionKeys = optionKeys<PrecisionOptions>({
  sampleWeight: true,
  labels: true,
  average: true,
  posLabel: true,
  zeroDivision: true,
})

/** Precision, recall and F-score of each label, or of all rows together. */
export interface Shares {
  readonly labels: readonly Label[]
  readonly precision: Float64Array
  readonly recall: Float64Array
  readonly fScore: Float64Array
  /** The weight of the rows of each label. */
  readonly support: Float64Array
}

/** The names of precision, recall and F-score in warnings. */
export type ShareName = 'Precision' | 'Recall' | 'F-score'

/** Labels and options after reading. */
interface PrecisionRequest {
  readonly pair: LabelPair
  readonly average: Average
  readonly zeroDivision: ZeroDivision
}

/**
 * Reads labels and options.
 * @throws ArgumentError for wrong labels or options, or more than two labels with the average 'binary'.
 */
export function readRequest(
  yTrue: unknown,
  yPred: unknown,
  options: PrecisionOptions,
  defaultAverage: Average = 'binary',
): PrecisionRequest {
  const averages = ['binary', 'micro', 'macro', 'weighted', 'none'] as const
  const average = checkOneOf(options.average ?? defaultAverage, 'average', averages)
  const zeroDivision = readZeroDivision(options.zeroDivision)
  const list = readLabelList(options.labels)
  if (average !== 'binary') {
    const pair = readPair(yTrue, yPred, options.sampleWeight, list)
    const { posLabel } = options
    if (posLabel !== undefined && posLabel !== 1 && posLabel !== true) {
      const hint = 'Pass labels: [posLabel] for that label alone.'
      warn('MetricInputWarning', `posLabel is ignored, since average is '${average}', not 'binary'. ${hint}`)
    }
    return { pair, average, zeroDivision }
  }
  if (list) {
    throw new ArgumentError("Expected no labels with the average 'binary'. Pass posLabel, or another average.")
  }
  const pair = readPair(yTrue, yPred, options.sampleWeight)
  return { pair: oneAgainstRest(pair, readPositive(options.posLabel, pair)), average, zeroDivision }
}

/** The index of the positive label; -1 if no row has it. */
function readPositive(posLabel: unknown, { labels }: LabelPair): number {
  if (labels.length > 2) {
    const hint = "Choose another average: 'micro', 'macro', 'weighted' or 'none'."
    throw new ArgumentError(`Expected two labels with the average 'binary', but there are ${labels.length}. ${hint}`)
  }
  const positive = posLabel ?? (typeof labels[0] === 'boolean' ? true : 1)
  const place = labels.indexOf(positive as Label)
  if (place >= 0) return place
  if (labels.length === 2) {
    throw invalid('posLabel', `one of the labels ${listed(labels)}`, posLabel, 'It is the positive label.')
  }
  if (typeof positive !== typeof labels[0] && posLabel !== undefined) {
    throw mismatch('posLabel', `a ${typeof labels[0]}, as the labels are`, `a ${typeof positive}`)
  }
  return -1
}

/** The rows as those of one label, 0, and the rest, -1. */
function oneAgainstRest(pair: LabelPair, place: number): LabelPair {
  const mark = (code: number) => (place >= 0 && code === place ? 0 : -1)
  return {
    ...pair,
    labels: [pair.labels[place] ?? 1],
    truth: pair.truth.map(mark),
    predicted: pair.predicted.map(mark),
  }
}

/**
 * Precision, recall and F-score of each label, or for the average 'micro' of all rows together. With e = beta^2 the F-score is
 * (1 + e) tp / ((1 + e) tp + e fn + fp); van Rijsbergen 1979, Information retrieval, chapter 7.
 * @param warnFor the names whose 0 / 0 gives a warning.
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
  const divide = (dividends: Float64Array, divisors: Float64Array, name: ShareName, kind: string) => {
    if (zeroDivision === 'warn' && warnFor.includes(name)) warnOfZeros(divisors, pair, name, kind)
    const fallback = zeroDivision === 'warn' ? 0 : zeroDivision
    return dividends.map((dividend, k) => (divisors[k] === 0 ? fallback : dividend / divisors[k]!))
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

function warnOfZeros(divisors: Float64Array, { labels }: LabelPair, name: ShareName, kind: string): void {
  const zeros = [...divisors.keys()].filter((k) => divisors[k] === 0)
  if (zeros.length === 0) return
  const forLabels = divisors.length > 1 ? ` for the labels ${listed(zeros.map((k) => labels[k]!))}` : ''
  const hint = 'Set the option zeroDivision to choose the value and silence this warning.'
  warn(
    'UndefinedMetricWarning',
    `${name} is not defined${forLabels}, since there are no ${kind} rows: it is set to 0. ${hint}`,
  )
}

/** The mean over labels, without NaN. */
export function combine(values: Float64Array, support: Float64Array, average: Average): number {
  const defined = [...values.keys()].filter((k) => !Number.isNaN(values[k]!))
  const numbers = defined.map((k) => values[k]!)
  const weights = average === 'weighted' ? defined.map((k) => support[k]!) : undefined
  // If no row has any of the labels, they count equally.
  return weights?.some((weight) => weight > 0) ? meanOf(numbers, weights) : meanOf(numbers)
}

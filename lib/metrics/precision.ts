import { checkNumber, invalid, optionKeys } from '../base/check.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { checkMetricOptions } from './labels.js'
import {
  combine,
  type PrecisionOptions,
  precisionOptionKeys,
  readRequest,
  type ShareName,
  type Shares,
  shares,
} from './prf.js'

/** The options `O`, for a number for each label. */
export type EachLabel<O> = O & { average: 'none' }

/** Options of `fBeta`. */
export interface FBetaOptions extends PrecisionOptions {
  /** The weight of recall relative to precision: 0 is precision alone, Infinity recall alone. */
  beta: number
}

/**
 * Precision: the share of rows with a predicted label that have the label, tp / (tp + fp).
 *
 * Not defined if the label is never predicted: then 0 with a warning, or `zeroDivision`.
 * @throws ArgumentError for wrong labels, weights or options; for more than two labels without an `average`.
 */
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return compute('precision', yTrue, yPred, options, 1, 'Precision')
}

/**
 * Recall: the share of rows with a label whose prediction is the label, tp / (tp + fn).
 *
 * Not defined if no row has the label: then 0 with a warning, or `zeroDivision`.
 * @throws ArgumentError as precision does.
 */
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return compute('recall', yTrue, yPred, options, 1, 'Recall')
}

/**
 * The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn).
 *
 * Not defined if no row has the label, true or predicted: then 0 with a warning, or `zeroDivision`.
 * @throws ArgumentError as precision does.
 * @example
 * metrics.f1(['a', 'b', 'c'], ['a', 'b', 'b'], { average: 'macro', zeroDivision: 0 }) // 0.556
 */
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return compute('f1', yTrue, yPred, options, 1, 'F-score')
}

/**
 * The weighted harmonic mean of precision P and recall R, (1 + beta^2) P R / (beta^2 P + R).
 * @throws ArgumentError as precision does, or for a missing or negative beta.
 */
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<FBetaOptions>): Float64Array
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: FBetaOptions): number
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: FBetaOptions): number | Float64Array {
  return compute('fBeta', yTrue, yPred, options, readBeta(options?.beta), 'F-score', betaKeys)
}

const betaKeys = optionKeys<Omit<FBetaOptions, keyof PrecisionOptions>>({ beta: true })

/** Options of `precisionRecallFscoreSupport`. */
export interface SupportOptions extends Omit<PrecisionOptions, 'average'> {
  /** As in `precision`, but `'none'` by default. */
  average?: PrecisionOptions['average']
  /** 1 by default. */
  beta?: number | undefined
}

/** Precision, recall and F-score. */
export interface LabelScores<T> {
  precision: T
  recall: T
  fScore: T
}

/** Precision, recall and F-score of each label. */
export interface EachLabelScores extends LabelScores<Float64Array> {
  /** The labels, in the order of the numbers. */
  labels: readonly Label[]
  /** The weight of the rows of each label. */
  support: Float64Array
}

/**
 * Precision, recall and F-score in one pass: of each label, with its support, or with `average` their means.
 * @throws ArgumentError as precision does.
 */
export function precisionRecallFscoreSupport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: SupportOptions & { average: 'binary' | 'micro' | 'macro' | 'weighted' },
): LabelScores<number>
export function precisionRecallFscoreSupport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options?: SupportOptions & { average?: 'none' | undefined },
): EachLabelScores
export function precisionRecallFscoreSupport(
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: SupportOptions = {},
): LabelScores<number> | EachLabelScores {
  checkMetricOptions(options, 'precisionRecallFscoreSupport', [...precisionOptionKeys, ...betaKeys])
  const beta = readBeta(options.beta ?? 1)
  const request = readRequest(yTrue, yPred, options, 'none')
  const result = shares(request, beta, ['Precision', 'Recall', 'F-score'])
  if (request.average === 'none') return { ...result }
  const mean = (values: Float64Array) => combine(values, result.support, request.average)
  return { precision: mean(result.precision), recall: mean(result.recall), fScore: mean(result.fScore) }
}

/** Precision, recall or F-score, of each label or averaged. */
function compute(
  name: string,
  yTrue: LabelsLike,
  yPred: LabelsLike,
  options: PrecisionOptions,
  beta: number,
  share: ShareName,
  more: readonly string[] = [],
): number | Float64Array {
  checkMetricOptions(options, name, [...precisionOptionKeys, ...more])
  const request = readRequest(yTrue, yPred, options)
  const result = shares(request, beta, [share === 'F-score' ? nameAt(beta) : share])
  const values = pick(result, share)
  return request.average === 'none' ? values : combine(values, result.support, request.average)
}

function pick({ precision, recall, fScore }: Shares, share: ShareName): Float64Array {
  return share === 'Precision' ? precision : share === 'Recall' ? recall : fScore
}

/** The name for warnings: with a beta of 0 or Infinity the F-score is precision or recall. */
function nameAt(beta: number): ShareName {
  return beta === 0 ? 'Precision' : beta === Infinity ? 'Recall' : 'F-score'
}

function readBeta(beta: unknown): number {
  if (beta === Infinity) return beta
  if (typeof beta !== 'number') throw invalid('beta', 'a number of at least 0 or Infinity', beta)
  return checkNumber(beta, 'beta', { min: 0 })
}

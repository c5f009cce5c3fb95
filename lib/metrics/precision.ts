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

/** The same options, for one number a label. */
export type EachLabel<O> = O & { average: 'none' }

/** What `fBeta` takes. */
export interface FBetaOptions extends PrecisionOptions {
  /** How much more recall counts than precision: 0 is precision alone, Infinity recall alone. */
  beta: number
}

/**
 * Precision: of the rows that are predicted to have a label, the share that has it, tp / (tp + fp).
 *
 * Not defined where nothing is predicted to have it: then it is 0 and warns, or what `zeroDivision` says.
 * @throws ArgumentError for wrong labels, weights or options; for more than two labels without an `average`.
 */
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function precision(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return one('precision', yTrue, yPred, options, 1, 'Precision')
}

/**
 * Recall: of the rows that have a label, the share that is predicted to have it, tp / (tp + fn).
 *
 * Not defined where no row has it: then it is 0 and warns, or what `zeroDivision` says.
 * @throws ArgumentError as precision does.
 */
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function recall(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return one('recall', yTrue, yPred, options, 1, 'Recall')
}

/**
 * The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn).
 *
 * Not defined where no row has the label, nor is predicted to: then it is 0 and warns, or what `zeroDivision` says.
 * @throws ArgumentError as precision does.
 * @example
 * metrics.f1(['a', 'b', 'c'], ['a', 'b', 'b'], { average: 'macro', zeroDivision: 0 }) // 0.556
 */
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<PrecisionOptions>): Float64Array
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options?: PrecisionOptions): number
export function f1(yTrue: LabelsLike, yPred: LabelsLike, options: PrecisionOptions = {}): number | Float64Array {
  return one('f1', yTrue, yPred, options, 1, 'F-score')
}

/**
 * The weighted harmonic mean of precision P and recall R, (1 + beta^2) P R / (beta^2 P + R).
 * @throws ArgumentError as precision does, or for a missing or negative beta.
 */
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: EachLabel<FBetaOptions>): Float64Array
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: FBetaOptions): number
export function fBeta(yTrue: LabelsLike, yPred: LabelsLike, options: FBetaOptions): number | Float64Array {
  return one('fBeta', yTrue, yPred, options, readBeta(options?.beta), 'F-score', betaKeys)
}

const betaKeys = optionKeys<Omit<FBetaOptions, keyof PrecisionOptions>>({ beta: true })

/** What `precisionRecallFscoreSupport` takes. */
export interface SupportOptions extends Omit<PrecisionOptions, 'average'> {
  /** As in `precision`, but `'none'` when missing. */
  average?: PrecisionOptions['average']
  /** 1 when missing. */
  beta?: number | undefined
}

/** All that is known of how labels are found. */
export interface LabelScores<T> {
  precision: T
  recall: T
  fScore: T
}

/** The same by label. */
export interface EachLabelScores extends LabelScores<Float64Array> {
  /** What the numbers are of, in order. */
  labels: readonly Label[]
  /** The weight of the rows of each label. */
  support: Float64Array
}

/**
 * Precision, recall and F-score in one pass; by label, with their support, unless an average is asked for.
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
  const all = shares(request, beta, ['Precision', 'Recall', 'F-score'])
  if (request.average === 'none') return { ...all }
  const mean = (values: Float64Array) => combine(values, all.support, request.average)
  return { precision: mean(all.precision), recall: mean(all.recall), fScore: mean(all.fScore) }
}

function one(
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
  const all = shares(request, beta, [share === 'F-score' ? nameAt(beta) : share])
  const values = pick(all, share)
  return request.average === 'none' ? values : combine(values, all.support, request.average)
}

function pick(all: Shares, share: ShareName): Float64Array {
  return share === 'Precision' ? all.precision : share === 'Recall' ? all.recall : all.fScore
}

/** At its ends the F-score is one of the others, and is told of as such. */
function nameAt(beta: number): ShareName {
  return beta === 0 ? 'Precision' : beta === Infinity ? 'Recall' : 'F-score'
}

function readBeta(beta: unknown): number {
  if (beta === Infinity) return beta
  if (typeof beta !== 'number') throw invalid('beta', 'a number of at least 0 or Infinity', beta)
  return checkNumber(beta, 'beta', { min: 0 })
}

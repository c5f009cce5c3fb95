import { checkBoolean, checkOneOf, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import { hasMethod } from '../learning/supports.js'
import * as metrics from '../metrics/index.js'
import type { CallableModel } from './model.js'
import type { RowsLike } from './rows.js'

/** A score of a model on rows: the higher, the better. Long work should end when the signal is aborted. */
export type ScoringFunction = (
  model: never,
  x: never,
  y: never,
  options: { signal: AbortSignal },
) => number | Promise<number>

/** The names of scores. Losses and errors are negated (`neg`), because the highest score is the best. */
export type ScoringName =
  | 'accuracy'
  | 'balancedAccuracy'
  | 'matthewsCorrcoef'
  | 'f1'
  | 'f1Macro'
  | 'f1Weighted'
  | 'precision'
  | 'precisionMacro'
  | 'recall'
  | 'recallMacro'
  | 'rocAuc'
  | 'averagePrecision'
  | 'negLogLoss'
  | 'negBrier'
  | 'r2'
  | 'explainedVariance'
  | 'negMse'
  | 'negRmse'
  | 'negMae'
  | 'negMape'
  | 'negMedianAbsoluteError'

/** Several scores at once: a list of names, or names or functions under names of your own. */
export type SeveralScores = readonly ScoringName[] | Readonly<Record<string, ScoringName | ScoringFunction>>

/** What the option `scoring` takes. */
export type Scoring = ScoringName | ScoringFunction | SeveralScores

/** One `V` for each score, by its name; a `V` alone without several scores. */
export type PerScore<S, V> = S extends readonly (infer N extends string)[]
  ? Record<N, V>
  : S extends string | ((...args: never[]) => unknown) | undefined
    ? V
    : { [K in keyof S]: V }

/** The scores of an evaluation. */
export interface Scorers {
  /** The names of several scores; undefined for a single one. */
  readonly names: readonly string[] | undefined
  /** The place of the score that decides. */
  readonly primary: number
  /** The option that they are made of. */
  readonly scoring: unknown
  /** Scores a model on rows, in the order of the names. */
  score(model: CallableModel, x: RowsLike, y: RowsLike, signal: AbortSignal): Promise<readonly number[]>
}

/** Calls a method of a fitted model on the rows; several scores of them share its result. */
type CallModel = (method: string) => Promise<unknown>
type Score = (model: CallableModel, x: RowsLike, y: RowsLike, signal: AbortSignal, call: CallModel) => Promise<number>

/** A model with any methods. */
type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined> & { classes?: Label[] }
type Compare = (truth: never, predicted: never) => number

const byPrediction: Record<string, Compare> = {
  accuracy: metrics.accuracy,
  balancedAccuracy: (truth, predicted) => metrics.balancedAccuracy(truth, predicted),
  matthewsCorrcoef: (truth, predicted) => metrics.matthewsCorrcoef(truth, predicted),
  f1Macro: (truth, predicted) => metrics.f1(truth, predicted, { average: 'macro' }),
  f1Weighted: (truth, predicted) => metrics.f1(truth, predicted, { average: 'weighted' }),
  precisionMacro: (truth, predicted) => metrics.precision(truth, predicted, { average: 'macro' }),
  recallMacro: (truth, predicted) => metrics.recall(truth, predicted, { average: 'macro' }),
  r2: (truth, predicted) => metrics.r2(truth, predicted),
  explainedVariance: (truth, predicted) => metrics.explainedVariance(truth, predicted),
  negMse: (truth, predicted) => -metrics.mse(truth, predicted),
  negRmse: (truth, predicted) => -metrics.rmse(truth, predicted),
  negMae: (truth, predicted) => -metrics.mae(truth, predicted),
  negMape: (truth, predicted) => -metrics.mape(truth, predicted),
  negMedianAbsoluteError: (truth, predicted) => -metrics.medianAbsoluteError(truth, predicted),
}

// The positive label is the second one of two, sorted.
const byPositive: Record<string, (truth: never, predicted: never, posLabel: Label) => number> = {
  f1: (truth, predicted, posLabel) => metrics.f1(truth, predicted, { posLabel }),
  precision: (truth, predicted, posLabel) => metrics.precision(truth, predicted, { posLabel }),
  recall: (truth, predicted, posLabel) => metrics.recall(truth, predicted, { posLabel }),
}

type OfProbabilities = (truth: never, scores: never, labels: Label[]) => number
const byProbability: Record<string, OfProbabilities> = {
  negLogLoss: (truth, scores, labels) => -metrics.logLoss(truth, scores, { labels }),
  negBrier: (truth, scores, labels) => -metrics.brier(truth, scores, { labels }),
}
const byRanking: Record<string, OfProbabilities> = {
  rocAuc: (truth, scores, labels) => metrics.rocAuc(truth, scores, { labels }),
  averagePrecision: (truth, scores, labels) =>
    metrics.averagePrecision(truth, scores, labels.length === 2 ? { posLabel: labels[1] } : { labels }),
}

const names = [...new Set([byPrediction, byPositive, byProbability, byRanking].flatMap(Object.keys))]

/**
 * Reads the option `scoring`: a name, a function, several of them, or undefined for the model's `score` (accuracy, R²).
 * @param refit of several scores, the name of the one that decides: the first if it is false or undefined.
 * @throws ArgumentError for an unknown name, a model without `score`, no scores, or a `refit` that names none of several.
 */
export function readScorers(scoring: unknown, model: CallableModel, refit?: unknown): Scorers {
  const several = readSeveral(scoring)
  const names = several?.map(([name]) => name)
  const scores = several
    ? several.map(([name, value]) => readScore(value, `${name} of scoring`))
    : [readOne(scoring, model)]
  const primary = readPrimary(names, refit)
  const score: Scorers['score'] = async (fitted, x, y, signal) => {
    const results = new Map<string, Promise<unknown>>()
    const share: CallModel = (method) => {
      const result = results.get(method) ?? Promise.resolve(call(fitted, method, [x, { signal }]))
      results.set(method, result)
      return result
    }
    const values: number[] = []
    for (const one of scores) values.push(await one(fitted, x, y, signal, share))
    return values
  }
  return { names, primary, scoring, score }
}

/** Of models that answer in place of being scored. */
export const noScorers: Scorers = { names: undefined, primary: 0, scoring: undefined, score: async () => [] }

function readSeveral(scoring: unknown): [string, unknown][] | undefined {
  if (scoring === null || typeof scoring !== 'object') return undefined
  const entries: [string, unknown][] = Array.isArray(scoring)
    ? scoring.map((name: unknown) => [checkOneOf(name as string, 'scoring', names), name])
    : Object.entries(scoring)
  if (entries.length === 0) throw invalid('scoring', 'at least one score', scoring)
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i)
  if (twice) throw mismatch('scoring', 'names that differ', `${twice[0]} twice`)
  return entries
}

function readPrimary(names: readonly string[] | undefined, refit: unknown): number {
  if (!names) {
    if (refit !== undefined) checkBoolean(refit, 'refit')
    return 0
  }
  if (refit === undefined || refit === false) return 0
  if (typeof refit === 'string' && names.includes(refit)) return names.indexOf(refit)
  const expected = `false, or the score that decides: ${names.join(', ')}`
  throw invalid('refit', expected, refit, 'With several scores the best candidate depends on the score.')
}

function readOne(scoring: unknown, model: CallableModel): Score {
  if (scoring !== undefined) return readScore(scoring, 'scoring')
  const { score } = model as unknown as Methods
  if (typeof score !== 'function') {
    throw invalid('scoring', 'a name or a function, because the estimator has no score()', scoring)
  }
  return byFunction((fitted, x, y, options) => call(fitted as CallableModel, 'score', [x, y, options]))
}

function readScore(scoring: unknown, option: string): Score {
  if (typeof scoring === 'function') return byFunction(scoring as (...args: unknown[]) => unknown)
  if (typeof scoring !== 'string') {
    throw invalid(option, 'the name of a score, or a function of the model, x and y', scoring)
  }
  const name = checkOneOf(scoring, option, names)
  return async (model, _x, y, _signal, callModel) => checkScore(await byName(name, model, y, callModel))
}

function byFunction(score: (...args: unknown[]) => unknown): Score {
  return async (model, x, y, signal) => checkScore(await score(model, x, y, { signal }))
}

async function byName(name: string, model: CallableModel, y: RowsLike, callModel: CallModel): Promise<number> {
  const compare = byPrediction[name]
  if (compare) return compare(y as never, (await callModel('predict')) as never)
  const { classes } = model as unknown as Methods
  if (!classes) throw new ArgumentError(`Expected a classifier for the scoring ${name}: this estimator has no classes.`)
  const positive = byPositive[name]
  if (positive) {
    if (classes.length !== 2) {
      throw new ArgumentError(
        `Expected two classes for the scoring ${name}, but there are ${classes.length}. Use ${name}Macro.`,
      )
    }
    return positive(y as never, (await callModel('predict')) as never, classes[1]!)
  }
  const probability = byProbability[name]
  // As in scikit-learn: weighted sums rank rows as probabilities do, and every loss has them.
  const hasSums = hasMethod(model, 'decisionFunction')
  const method = !probability && classes.length === 2 && hasSums ? 'decisionFunction' : 'predictProba'
  return (probability ?? byRanking[name]!)(y as never, (await callModel(method)) as never, classes)
}

/**
 * Calls a method of a model.
 * @throws ArgumentError for a method that the model lacks.
 */
export function call(model: CallableModel, name: string, args: unknown[]): unknown {
  const method = (model as unknown as Methods)[name]
  if (typeof method === 'function') return method.apply(model, args)
  throw new ArgumentError(`Expected an estimator with ${name}(), but this one has none.`)
}

/** @throws ArgumentError for a score that is no number. */
export function checkScore(value: unknown): number {
  if (typeof value === 'number') return value
  throw invalid('the result of scoring', 'a number', value)
}

import { checkOneOf, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import * as metrics from '../metrics/index.js'
import { type CallableModel, lastStep } from './model.js'
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

/** Scores a model on a split. */
export type Scorer = (
  model: CallableModel,
  x: RowsLike,
  y: RowsLike,
  signal: AbortSignal,
  split: number,
) => Promise<number>

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
 * Reads the option `scoring`: a name, a function, or undefined for the model's `score` (accuracy, R²).
 * @throws ArgumentError for an unknown name, or a model without `score`.
 */
export function readScoring(scoring: unknown, model: CallableModel): Scorer {
  if (typeof scoring === 'function') return byFunction(scoring as (...args: unknown[]) => unknown)
  if (scoring === undefined) {
    const { score } = model as unknown as Methods
    if (typeof score !== 'function') {
      throw invalid('scoring', 'a name or a function, because the estimator has no score()', scoring)
    }
    return byFunction((clone, x, y, options) => call(clone as CallableModel, 'score', [x, y, options]))
  }
  if (typeof scoring !== 'string') {
    throw invalid('scoring', 'the name of a score, or a function of the model, x and y', scoring)
  }
  const name = checkOneOf(scoring, 'scoring', names)
  return async (clone, x, y, signal) => checkScore(await byName(name, clone, x, y, { signal }))
}

function byFunction(score: (...args: unknown[]) => unknown): Scorer {
  return async (model, x, y, signal) => checkScore(await score(model, x, y, { signal }))
}

async function byName(name: string, model: CallableModel, x: RowsLike, y: RowsLike, options: object): Promise<number> {
  const compare = byPrediction[name]
  if (compare) return compare(y as never, (await call(model, 'predict', [x, options])) as never)
  const { classes } = model as unknown as Methods
  if (!classes) throw new ArgumentError(`Expected a classifier for the scoring ${name}: this estimator has no classes.`)
  const positive = byPositive[name]
  if (positive) {
    if (classes.length !== 2) {
      throw new ArgumentError(
        `Expected two classes for the scoring ${name}, but there are ${classes.length}. Use ${name}Macro.`,
      )
    }
    return positive(y as never, (await call(model, 'predict', [x, options])) as never, classes[1]!)
  }
  const probability = byProbability[name]
  // As in scikit-learn: weighted sums rank rows as probabilities do, and every loss has them.
  const hasSums = 'decisionFunction' in lastStep(model)
  const method = !probability && classes.length === 2 && hasSums ? 'decisionFunction' : 'predictProba'
  return (probability ?? byRanking[name]!)(y as never, (await call(model, method, [x, options])) as never, classes)
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

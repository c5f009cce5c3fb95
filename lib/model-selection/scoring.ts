import { checkOneOf, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import * as metrics from '../metrics/index.js'
import { type CallableModel, lastStep } from './model.js'
import type { RowsLike } from './rows.js'

/** A score of a model on rows: the higher, the better. What it does for long it should end when the signal is aborted. */
export type ScoringFunction = (
  model: never,
  x: never,
  y: never,
  options: { signal: AbortSignal },
) => number | Promise<number>

/** Scores by name. Losses and errors are negated (`neg`), since the highest score wins. */
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

/** A scoring that is ready to be called. */
export type Scorer = (
  model: CallableModel,
  x: RowsLike,
  y: RowsLike,
  signal: AbortSignal,
  split: number,
) => Promise<number>

type Asked = Record<string, ((...all: unknown[]) => unknown) | undefined> & { classes?: Label[] }
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

// Of two labels the second, sorted, is the one that is looked for.
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
 * A score by name, by a function, or without either the model's own `score` (accuracy, R^2).
 * @throws ArgumentError for an unknown name, or a model without `score`.
 */
export function readScoring(scoring: unknown, model: CallableModel): Scorer {
  if (typeof scoring === 'function') return byFunction(scoring as (...all: unknown[]) => unknown)
  if (scoring === undefined) {
    const { score } = model as unknown as Asked
    if (typeof score !== 'function') {
      throw invalid('scoring', 'a name or a function, since the estimator has no score() of its own', scoring)
    }
    return byFunction((one, x, y, options) => call(one as CallableModel, 'score', [x, y, options]))
  }
  if (typeof scoring !== 'string') {
    throw invalid('scoring', 'the name of a score, or a function of the model, x and y', scoring)
  }
  const name = checkOneOf(scoring, 'scoring', names)
  return async (one, x, y, signal) => checkScore(await byName(name, one, x, y, { signal }))
}

function byFunction(score: (...all: unknown[]) => unknown): Scorer {
  return async (model, x, y, signal) => checkScore(await score(model, x, y, { signal }))
}

async function byName(name: string, model: CallableModel, x: RowsLike, y: RowsLike, options: object): Promise<number> {
  const compare = byPrediction[name]
  if (compare) return compare(y as never, (await call(model, 'predict', [x, options])) as never)
  const { classes } = model as unknown as Asked
  if (!classes) throw new ArgumentError(`Expected a classifier for the scoring ${name}: this estimator has no classes.`)
  const positive = byPositive[name]
  if (positive) {
    if (classes.length !== 2) {
      throw new ArgumentError(
        `Expected two classes for the scoring ${name}, but there are ${classes.length}. Take ${name}Macro.`,
      )
    }
    return positive(y as never, (await call(model, 'predict', [x, options])) as never, classes[1]!)
  }
  const probability = byProbability[name]
  // As scikit-learn: weighted sums rank as well as probabilities do, which not every loss has.
  const hasSums = 'decisionFunction' in lastStep(model)
  const asked = !probability && classes.length === 2 && hasSums ? 'decisionFunction' : 'predictProba'
  return (probability ?? byRanking[name]!)(y as never, (await call(model, asked, [x, options])) as never, classes)
}

/** @throws ArgumentError for a method that the model has not. */
export function call(model: CallableModel, name: string, all: unknown[]): unknown {
  const method = (model as unknown as Asked)[name]
  if (typeof method === 'function') return method.apply(model, all)
  throw new ArgumentError(`Expected an estimator that has ${name}(), but this one has none.`)
}

function checkScore(value: unknown): number {
  if (typeof value === 'number') return value
  throw invalid('what scoring returns', 'a number', value)
}

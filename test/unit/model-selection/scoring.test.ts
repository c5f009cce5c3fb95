import { describe, expect, it } from 'vitest'
import {
  datasets,
  Matrix,
  MLPClassifier,
  MLPRegressor,
  metrics,
  modelSelection,
  pipeline,
  preprocessing,
  SGDClassifier,
} from '../../../lib/index.js'
import { classifier, heights, x, y } from './clouds.js'

const { crossValidate } = modelSelection

describe('scoring', () => {
  const names = [
    'accuracy',
    'balancedAccuracy',
    'matthewsCorrcoef',
    'f1',
    'f1Macro',
    'f1Weighted',
    'precision',
  ] as const
  const more = [
    'precisionMacro',
    'recall',
    'recallMacro',
    'rocAuc',
    'averagePrecision',
    'negLogLoss',
    'negBrier',
  ] as const
  it.each([...names, ...more])('scores a classifier by %s', async (scoring) => {
    const { testScores, estimators, splits } = await crossValidate(classifier, x, y, {
      cv: 2,
      scoring,
      returnEstimators: true,
    })
    const rows = Matrix.from([...splits[0]!.test].map((row) => x.row(row)))
    const truth = [...splits[0]!.test].map((row) => y[row]!)
    const predicted = await estimators![0]!.predict(rows)
    const proba = await estimators![0]!.predictProba(rows)
    const expected: Record<string, () => number> = {
      accuracy: () => metrics.accuracy(truth, predicted),
      balancedAccuracy: () => metrics.balancedAccuracy(truth, predicted),
      matthewsCorrcoef: () => metrics.matthewsCorrcoef(truth, predicted),
      f1: () => metrics.f1(truth, predicted, { posLabel: 'odd' }),
      f1Macro: () => metrics.f1(truth, predicted, { average: 'macro' }),
      f1Weighted: () => metrics.f1(truth, predicted, { average: 'weighted' }),
      precision: () => metrics.precision(truth, predicted, { posLabel: 'odd' }),
      precisionMacro: () => metrics.precision(truth, predicted, { average: 'macro' }),
      recall: () => metrics.recall(truth, predicted, { posLabel: 'odd' }),
      recallMacro: () => metrics.recall(truth, predicted, { average: 'macro' }),
      rocAuc: () => metrics.rocAuc(truth, proba),
      averagePrecision: () => metrics.averagePrecision(truth, proba, { posLabel: 'odd' }),
      negLogLoss: () => -metrics.logLoss(truth, proba),
      negBrier: () => -metrics.brier(truth, proba),
    }
    expect(testScores[0]).toBe(expected[scoring]!())
    expect(testScores[0]).not.toBeNaN()
  })

  const errors = [
    'r2',
    'explainedVariance',
    'negMse',
    'negRmse',
    'negMae',
    'negMape',
    'negMedianAbsoluteError',
  ] as const
  it.each(errors)('scores a regressor by %s', async (scoring) => {
    const regressor = new MLPRegressor({ hiddenLayerSizes: [4], solver: 'lbfgs', maxIter: 30, seed: 1 })
    const options = { cv: 2, scoring, returnEstimators: true }
    const { testScores, estimators, splits } = await crossValidate(regressor, x, heights, options)
    const test = [...splits[0]!.test]
    const predicted = await estimators![0]!.predict(Matrix.from(test.map((row) => x.row(row))))
    const name = scoring.replace(/^neg./, (start) => start[3]!.toLowerCase()) as 'mse'
    const value = metrics[name](
      test.map((row) => heights[row]!),
      predicted as Float64Array,
    )
    expect(testScores[0]).toBe(scoring.startsWith('neg') ? -value : value)
  })

  it('takes a function', async () => {
    const scoring = (model: MLPClassifier<string>, rows: Matrix, labels: string[]) =>
      model.predictSync(rows.row(0)) === labels[0] ? 5 : 4
    const { testScores } = await crossValidate(classifier, x, y, { scoring })
    expect(testScores.every((score) => score === 4 || score === 5)).toBe(true)
  })

  it('ranks by decisionFunction if the loss has no probabilities', async () => {
    const hinge = new SGDClassifier({ seed: 1, loss: 'hinge' })
    const model = pipeline([new preprocessing.StandardScaler(), hinge])
    for (const estimator of [hinge, model]) {
      expect((await crossValidate(estimator, x, y, { scoring: 'rocAuc' })).mean).toBeGreaterThan(0.6)
    }
  })

  it('scores several classes by rocAuc, averagePrecision and negLogLoss', async () => {
    const { x: digits, y: labels } = datasets.digits().train
    const { xTrain, yTrain } = modelSelection.trainTestSplit(digits, labels, {
      trainSize: 200,
      seed: 1,
      stratify: true,
    })
    const net = new MLPClassifier({ hiddenLayerSizes: [10], maxIter: 20, learningRateInit: 0.01, seed: 1 })
    for (const scoring of ['rocAuc', 'averagePrecision', 'negLogLoss'] as const) {
      const { mean } = await crossValidate(net, xTrain, yTrain, { cv: 2, scoring })
      expect(mean).toBeGreaterThan(scoring === 'negLogLoss' ? -2.3 : 0.5)
    }
    await expect(crossValidate(net, xTrain, yTrain, { cv: 2, scoring: 'f1' })).rejects.toThrow(/two classes.*f1Macro/)
  })
})

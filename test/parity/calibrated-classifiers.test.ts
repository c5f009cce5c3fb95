import { describe, expect, it } from 'vitest'
import { CalibratedClassifier, SGDClassifier, TunedThresholdClassifier } from '../../lib/index.js'
import { expectClose, fixture } from './support.js'

/** Runs of scripts/fixtures/make-calibrated-classifiers.py. */
interface Fixture {
  data: Record<string, { x: number[][]; y: number[] }>
  weights: number[]
  queries: number[][]
  calibrated: {
    classes: number
    response: 'decision_function' | 'predict_proba'
    method: 'sigmoid' | 'isotonic' | 'temperature'
    ensemble: boolean
    weighted: boolean
    expected: number[][]
  }[]
  prefit: {
    classes: number
    response: 'decision_function' | 'predict_proba'
    method: 'sigmoid' | 'isotonic' | 'temperature'
    weighted: boolean
    expected: number[][]
  }[]
  tuned: {
    scoring: 'accuracy' | 'f1'
    weighted: boolean
    response: 'decision_function' | 'predict_proba'
    loss: 'log_loss' | 'hinge'
    thresholds: number[]
    scores: number[]
    threshold: number
    score: number
    expected: number[]
  }[]
}

const { data, weights, queries, calibrated, prefit, tuned } = fixture<Fixture>('calibrated-classifiers.json')
const params = { alpha: 0.01, maxIter: 8, tol: null, shuffle: false } as const

/** A classifier without weighted sums. */
class Probabilities extends SGDClassifier {}
Object.assign(Probabilities.prototype, { decisionFunction: undefined })

describe("scikit-learn's CalibratedClassifierCV", () => {
  const titled = calibrated.map((one) => [`${JSON.stringify({ ...one, expected: undefined })}`, one] as const)
  it.each(titled)('%s', async (_, { classes, response, method, ensemble, weighted, expected }) => {
    const { x, y } = data[classes]!
    const Estimator = response === 'predict_proba' ? Probabilities : SGDClassifier
    const estimator = new Estimator({ ...params, loss: 'logLoss' })
    const model = new CalibratedClassifier({ estimator, method, ensemble, cv: 3 })
    await model.fit(x, y, weighted ? { sampleWeight: weights } : {})
    expectClose('probabilities', await model.predictProba(queries), expected, { absolute: 2e-6 })
    expectClose('on the spot', model.predictProbaSync(queries), expected, { absolute: 2e-6 })
  })
})

describe("scikit-learn's CalibratedClassifierCV of a FrozenEstimator, cv 'prefit' here", () => {
  const titled = prefit.map((one) => [`${JSON.stringify({ ...one, expected: undefined })}`, one] as const)
  it.each(titled)('%s', async (_, { classes, response, method, weighted, expected }) => {
    const { x, y } = data[classes]!
    const half = x.length / 2
    const Estimator = response === 'predict_proba' ? Probabilities : SGDClassifier
    const estimator = await new Estimator({ ...params, loss: 'logLoss' }).fit(x.slice(0, half), y.slice(0, half))
    const model = new CalibratedClassifier({ estimator, method, cv: 'prefit' })
    await model.fit(x.slice(half), y.slice(half), weighted ? { sampleWeight: weights.slice(half) } : {})
    expectClose('probabilities', await model.predictProba(queries), expected, { absolute: 2e-6 })
    expect(model.calibratedClassifiers.map((member) => member.estimator)).toEqual([estimator])
  })
})

describe("scikit-learn's TunedThresholdClassifierCV", () => {
  const titled = tuned.map((one) => [`${one.scoring} of ${one.response}, weighted: ${one.weighted}`, one] as const)
  it.each(titled)('%s', async (_, { scoring, weighted, response, loss, ...learned }) => {
    const { x, y } = data[2]!
    const model = new TunedThresholdClassifier({
      estimator: new SGDClassifier({ ...params, loss: loss === 'hinge' ? 'hinge' : 'logLoss' }),
      responseMethod: response === 'predict_proba' ? 'predictProba' : 'decisionFunction',
      ...{ scoring, thresholds: 12, cv: 3 },
    })
    await model.fit(x, y, weighted ? { sampleWeight: weights } : {})
    const { thresholds, scores } = model.cvResults
    for (const [k, threshold] of learned.thresholds.entries()) {
      expect(thresholds[k]).toBeCloseTo(threshold, 5)
      expect(scores[k]).toBeCloseTo(learned.scores[k]!, 5)
    }
    expect(model.bestThreshold).toBeCloseTo(learned.threshold, 5)
    expect(model.bestScore).toBeCloseTo(learned.score, 5)
    expect(await model.predict(queries)).toEqual(learned.expected)
  })
})

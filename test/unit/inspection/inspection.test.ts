import { describe, expect, it } from 'vitest'
import {
  ArgumentError,
  datasets,
  inspection,
  layers,
  Matrix,
  MLPClassifier,
  MLPRegressor,
  metrics,
  Sequential,
  SGDClassifier,
  SGDRegressor,
} from '../../../lib/index.js'

const { permutationImportance, partialDependence } = inspection

/** Three independent columns with evenly spaced values; y does not depend on the last. */
const x = Matrix.from(
  Array.from({ length: 600 }, (_, i) => [((i * 7) % 20) / 10 - 0.95, ((i * 11) % 30) / 15 - 0.97, ((i * 13) % 8) / 4]),
)
const y = Array.from({ length: 600 }, (_, i) => 3 * x.at(i, 0) - x.at(i, 1))
const linear = { score: async (rows: Matrix, truth: number[]) => -metrics.mse(truth, guess(rows)) }
const guess = (rows: Matrix) => Array.from({ length: rows.rows }, (_, i) => 3 * rows.at(i, 0) - rows.at(i, 1))

describe('permutationImportance', () => {
  it('increases the squared error by twice the variance of a shuffled column', async () => {
    const { importancesMean, importancesStd, importances, baseline } = await permutationImportance(linear, x, y, {
      nRepeats: 20,
      seed: 3,
    })
    const variance = (column: number) => {
      const values = Array.from({ length: 600 }, (_, i) => x.at(i, column))
      const mean = values.reduce((a, b) => a + b) / 600
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 600
    }
    expect(baseline).toBeCloseTo(0, 12)
    expect(importancesMean[0]! / (2 * 9 * variance(0))).toBeCloseTo(1, 1)
    expect(importancesMean[1]! / (2 * variance(1))).toBeCloseTo(1, 1)
    expect(importancesMean[2]).toBe(0)
    expect(importances.map((losses) => losses.length)).toEqual([20, 20, 20])
    const [first] = importances
    const mean = first!.reduce((a, b) => a + b) / 20
    expect(importancesMean[0]).toBeCloseTo(mean, 12)
    expect(importancesStd[0]).toBeCloseTo(Math.sqrt(first!.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 20), 12)
  })

  it('is reproducible by its seed, does not change the rows, and reports its progress', async () => {
    const before = x.data.slice()
    const shares: number[] = []
    const options = {
      seed: 7,
      nRepeats: 2,
      onProgress: ({ done, total }: { done: number; total: number }) => shares.push(done / total),
    }
    const [a, b] = [
      await permutationImportance(linear, x, y, options),
      await permutationImportance(linear, x, y, { seed: 7, nRepeats: 2 }),
    ]
    expect(b).toEqual(a)
    expect((await permutationImportance(linear, x, y, { seed: 8, nRepeats: 2 })).importances).not.toEqual(a.importances)
    expect(x.data).toEqual(before)
    expect(shares).toEqual([1, 2, 3, 4, 5, 6, 7].map((k) => k / 7))
    const random = await permutationImportance(linear, x, y, { nRepeats: 2 })
    expect(await permutationImportance(linear, x, y, { nRepeats: 2, seed: random.seed })).toEqual(random)
  })

  it('uses the score of an estimator, with sample weights', async () => {
    const regressor = new SGDRegressor({ seed: 1 })
    await regressor.fit(x, y)
    const sampleWeight = Array.from({ length: 600 }, (_, i) => i % 3)
    const { baseline, importancesMean } = await permutationImportance(regressor, x, y, { seed: 1, sampleWeight })
    expect(baseline).toBeCloseTo(await regressor.score(x, y, { sampleWeight }), 12)
    expect(importancesMean[0]).toBeGreaterThan(importancesMean[1]!)
    expect(importancesMean[1]).toBeGreaterThan(Math.abs(importancesMean[2]!) + 0.01)
    const flat = await permutationImportance(regressor, x.data, y, { seed: 1, sampleWeight })
    expect(flat.importancesMean).toEqual(importancesMean)
  })

  it('uses a scoring function for a network', async () => {
    const { test } = datasets.digits()
    const model = new Sequential({
      layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [64] })],
      seed: 1,
    })
    model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    await model.fit(test.x, test.y, { epochs: 40 })
    const scoring = async (net: Sequential, rows: Matrix, labels: Uint8Array) =>
      -metrics.logLoss(labels, await net.predict(rows))
    const { importancesMean } = await permutationImportance(model, test.x, Uint8Array.from(test.y), {
      scoring,
      nRepeats: 1,
      seed: 1,
    })
    // The corner pixel of a digit is always 0.
    expect(importancesMean[0]).toBe(0)
    expect(Math.max(...importancesMean)).toBeGreaterThan(0.05)
  })

  it('rejects when the signal aborts or onProgress throws', async () => {
    const stop = new AbortController()
    const run = permutationImportance(linear, x, y, {
      signal: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
    await expect(
      permutationImportance(linear, x, y, { signal: AbortSignal.abort(new Error('never')) }),
    ).rejects.toThrow('never')
    const failing = permutationImportance(linear, x, y, { onProgress: () => Promise.reject(new Error('mine')) })
    await expect(failing).rejects.toThrow('mine')
  })

  it.each([
    [{ nRepeats: 0 }, 'Expected an integer of at least 1 for nRepeats, but got 0.'],
    [{ seed: -1 }, 'Expected an integer of at least 0 for seed, but got -1.'],
    [{ scoring: 'accuracy' }, 'Expected a function of model, x and y for scoring, but got "accuracy".'],
    [{ scoring: () => 'good' }, 'Expected a number for the result of scoring, but got "good".'],
    [{ sampleWeight: [1] }, 'Expected 600 numbers for sampleWeight'],
    [{ signal: {} }, 'Expected an AbortSignal for signal'],
    [{ onProgress: 1 }, 'Expected a function for onProgress, but got 1.'],
    [{ repeats: 1 }, 'Unknown option "repeats" for permutationImportance().'],
  ])('rejects the options %o', async (options, message) => {
    const run = permutationImportance(linear, x, y, options as never)
    await expect(run).rejects.toThrow(ArgumentError)
    await expect(run).rejects.toThrow(message)
  })

  it('rejects a model without score, and rows that are not a table', async () => {
    await expect(permutationImportance(3 as never, x, y)).rejects.toThrow(
      'Expected an estimator or a network for the model, but got 3.',
    )
    await expect(permutationImportance({}, x, y)).rejects.toThrow('since the model has no method score() for scoring')
    await expect(permutationImportance(linear, x.data, y)).rejects.toThrow(
      'Expected a Matrix, a Table or an array of rows for x',
    )
    await expect(permutationImportance(linear, [[1, Number.NaN]], y)).rejects.toThrow('row 0, column 1 is NaN')
  })
})

describe('partialDependence', () => {
  it('is linear for a linear model', async () => {
    const regressor = new SGDRegressor({ seed: 1 })
    await regressor.fit(x, y)
    const { gridValues, average, individual } = await partialDependence(regressor, x, {
      features: 0,
      gridResolution: 5,
    })
    expect(individual).toBeUndefined()
    const [grid, values] = [gridValues[0]!, average![0]!]
    for (let k = 1; k < 5; k++) {
      expect((values[k]! - values[k - 1]!) / (grid[k]! - grid[k - 1]!)).toBeCloseTo(regressor.coef[0]!, 4)
    }
  })

  it('uses the probability of the second of two classes, or decision values without probabilities', async () => {
    const labels = y.map((value) => (value > 0 ? 'yes' : 'no'))
    const [hinge, logistic] = [new SGDClassifier({ seed: 1 }), new SGDClassifier({ loss: 'logLoss', seed: 1 })]
    await hinge.fit(x, labels)
    await logistic.fit(x, labels)
    const values = { features: 0, customValues: { 0: [0.5] } }
    const at = x.toArray().map(([, b, c]) => [0.5, b!, c!])
    const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b) / 600
    const decisions = (await hinge.decisionFunction(at)).toArray().map(([d]) => d!)
    expect((await partialDependence(hinge, x, values)).average![0]![0]).toBeCloseTo(mean(decisions), 5)
    const probabilities = (await logistic.predictProba(at)).toArray().map(([, p]) => p!)
    const dependence = await partialDependence(logistic, x, values)
    expect(dependence.average!.length).toBe(1)
    expect(dependence.average![0]![0]).toBeCloseTo(mean(probabilities), 5)
    await expect(partialDependence(hinge, x, { ...values, responseMethod: 'predictProba' })).rejects.toThrow(
      'Probabilities need the loss',
    )
    await expect(partialDependence(logistic, x, { ...values, responseMethod: 'predict' })).rejects.toThrow(
      'Expected a number for row 0 of the response',
    )
  })

  it('has all outputs of estimators and networks, or those of a response function', async () => {
    const three = y.map((value) => (value > 1 ? 2 : value > -1 ? 1 : 0))
    const classifier = new MLPClassifier({ hiddenLayerSizes: [4], maxIter: 3, seed: 1, tol: 0 })
    await classifier.fit(x, three)
    const options = { features: [0, 2], gridResolution: 3, kind: 'individual' as const }
    const { individual, average } = await partialDependence(classifier, x, options)
    expect(average).toBeUndefined()
    expect([individual!.length, individual![0]!.length, individual![0]![0]!.length]).toEqual([3, 600, 9])
    for (let k = 0; k < 9; k++) expect(individual!.reduce((sum, rows) => sum + rows[7]![k]!, 0)).toBeCloseTo(1, 5)
    const regressor = new MLPRegressor<Matrix>({ hiddenLayerSizes: [4], maxIter: 3, seed: 1, tol: 0 })
    await regressor.fit(
      x,
      y.map((value) => [value, -value]),
    )
    expect((await partialDependence(regressor, x, options)).individual!.length).toBe(2)
    const net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })], seed: 1 })
    expect((await partialDependence(net, x, options)).individual!.length).toBe(2)
    const first = (model: Sequential, rows: Matrix) =>
      model
        .predictSync(rows)
        .toArray()
        .map(([output]) => output!)
    const custom = await partialDependence(net, x, { ...options, responseMethod: first })
    expect(custom.individual).toEqual((await partialDependence(net, x, options)).individual!.slice(0, 1))
  })

  it('rejects when the signal aborts, and does not change the rows', async () => {
    const before = x.data.slice()
    const net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })], seed: 1 })
    const stop = new AbortController()
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      done === 2 && total === 4 && stop.abort(new Error('enough'))
    await expect(
      partialDependence(net, x, { features: 0, gridResolution: 4, signal: stop.signal, onProgress }),
    ).rejects.toThrow('enough')
    expect(x.data).toEqual(before)
  })

  it.each([
    [{}, 'Expected an integer from 0 to 2 for features, but got undefined.'],
    [{ features: 3 }, 'Expected an integer from 0 to 2 for features, but got 3.'],
    [{ features: [] }, 'Expected at least one column for features'],
    [{ features: [1, 1] }, 'Expected each column once for features, but got 1 twice.'],
    [{ features: 0, gridResolution: 1 }, 'Expected an integer of at least 2 for gridResolution, but got 1.'],
    [{ features: 0, percentiles: 0.5 }, 'Expected two numbers for percentiles (such as [0.05, 0.95])'],
    [{ features: 0, percentiles: [0.5, 1.5] }, 'Expected a finite number from 0 to 1 for percentiles[1], but got 1.5.'],
    [
      { features: 0, percentiles: [0.5, 0.5] },
      'Expected a lower and a higher share for percentiles, but got 0.5 and 0.5.',
    ],
    [{ features: 0, gridResolution: 5, percentiles: [0.51, 0.52] }, 'Expected percentiles that are further apart'],
    [{ features: 0, kind: 'mean' }, 'Expected one of average, individual, both for kind'],
    [
      { features: 0, responseMethod: 'decisionFunction' },
      'Expected a method that the model has, or a function for responseMethod',
    ],
    [
      { features: 0, responseMethod: 'score' },
      'Expected one of auto, predictProba, decisionFunction, predict for responseMethod',
    ],
    [{ features: 0, responseMethod: () => 3 }, 'Expected a Matrix or one number a row for the response, but got 3.'],
    [{ features: 0, responseMethod: () => [1] }, 'Expected 600 rows for the response, but got 1.'],
    [{ features: 0, categoricalFeatures: [5] }, 'Expected an integer from 0 to 2 for categoricalFeatures, but got 5.'],
    [{ features: 0, categoricalFeatures: 'all' }, 'Expected an array of columns for categoricalFeatures'],
    [{ features: 0, customValues: { 7: [1] } }, 'Unknown option "7" for customValues.'],
    [{ features: 0, customValues: { 0: [] } }, 'Expected an array of numbers for customValues[0]'],
    [
      { features: 0, customValues: { 0: [Infinity] } },
      'Expected a finite number for customValues[0][0], but got Infinity.',
    ],
    [{ features: 0, sampleWeight: [1, 2] }, 'Expected 600 numbers for sampleWeight'],
    [{ features: 0, feature: 0 }, 'Unknown option "feature" for partialDependence().'],
  ])('rejects the options %o', async (options, message) => {
    const net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })], seed: 1 })
    const run = partialDependence(net, x, options as never)
    await expect(run).rejects.toThrow(ArgumentError)
    await expect(run).rejects.toThrow(message)
  })
})

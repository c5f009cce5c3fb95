import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load, type Matrix, MLPClassifier, modelSelection, pipeline, preprocessing } from '../../../lib/index.js'
import { FakeEstimator, net, params, plain, x, y } from './fake-estimator.js'

const { GridSearch, RandomSearch, crossValidate } = modelSelection

const folder = mkdtempSync(join(tmpdir(), 'perceptra-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('GridSearch', () => {
  it('scores all combinations like crossValidate, ranks them, and fits the best to all rows', async () => {
    const search = new GridSearch({ estimator: net, params, cv: 3, seed: 1 })
    expect(await search.fit(x, y)).toBe(search)
    expect(search.results.map(({ candidate }) => candidate).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(search.results.map((result) => result.params)).toContainEqual({ learningRateInit: 0.01, alpha: 1 })
    for (const { params: values, scores, mean, std, status, fitTime, scoreTime } of search.results) {
      const byHand = await crossValidate(net.clone().setParams(values), x, y, { cv: 3 })
      expect(scores).toEqual(byHand.testScores)
      expect([mean, std]).toEqual([byHand.mean, byHand.std])
      expect([status, fitTime > 0, scoreTime > 0]).toEqual(['done', true, true])
    }
    const means = search.results.map(({ mean }) => mean)
    expect(means).toEqual(means.toSorted((a, b) => b - a))
    for (const { rank, mean } of search.results) expect(rank).toBe(1 + means.filter((other) => other > mean).length)
    expect([search.bestParams, search.bestScore]).toEqual([search.results[0]!.params, means[0]])
    const refit = net.clone().setParams(search.bestParams)
    await refit.fit(x, y)
    expect(search.bestEstimator.coefs).toEqual(refit.coefs)
    const labels: string[] = await search.predict(x)
    expect(labels).toEqual(await refit.predict(x))
    expect(((await search.predictProba(x)) as Matrix).data).toEqual((await refit.predictProba(x)).data)
    expect(search.predictSync(x)).toEqual(refit.predictSync(x))
    expect(search.predictSync(x.row(0))).toBe(refit.predictSync(x.row(0)))
    expect(search.predictProbaSync(x.row(0))).toEqual(refit.predictProbaSync(x.row(0)))
    expect(search.toBytes()).toEqual(search.bestEstimator.toBytes())
    expect(await search.score(x, y)).toBe(await refit.score(x, y))
    expect([search.stopReason, net.isFitted]).toEqual(['done', false])
    await search.save(join(folder, 'best.safetensors'))
    const loaded = (await load(join(folder, 'best.safetensors'))) as MLPClassifier<string>
    expect(await loaded.predict(x)).toEqual(labels)
  })

  it('finds the same in a pipeline and by negLogLoss, with any concurrency', async () => {
    const estimator = pipeline([
      ['scaler', new preprocessing.StandardScaler()],
      ['mlp', new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 5 })],
    ])
    const grids = [
      { 'mlp.alpha': [1e-4, 1] },
      { scaler: [new preprocessing.MinMaxScaler()], 'mlp.activation': ['tanh'] },
    ]
    const outcomes = []
    for (const concurrency of [1, 2, 7]) {
      const search = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 5, concurrency })
      await search.fit(x, y)
      outcomes.push([plain(search), await search.predict(x)])
    }
    expect(outcomes[0]![0]).toHaveLength(3)
    expect(outcomes[1]).toEqual(outcomes[0])
    expect(outcomes[2]).toEqual(outcomes[0])
    const other = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 6 })
    expect(plain(await other.fit(x, y))).not.toEqual(outcomes[0]![0])
  })

  it('gives equal candidates the same rank, and fits as many at once as `concurrency`', async () => {
    FakeEstimator.most = 0
    const estimator = new FakeEstimator({ value: 0, slow: 1 })
    const search = new GridSearch({ estimator, params: { value: [1, 3, 2, 3] }, cv: 2, concurrency: 3, refit: false })
    await search.fit(x, y)
    expect(search.results.map(({ candidate, rank }) => [candidate, rank])).toEqual([
      [1, 1],
      [3, 1],
      [2, 3],
      [0, 4],
    ])
    expect(FakeEstimator.most).toBe(3)
    expect(search.bestParams).toEqual({ value: 3 })
    expect(() => search.bestEstimator).toThrow(/no candidate was fitted to all rows, as refit is false/)
  })

  it('returns training scores with returnTrainScore', async () => {
    const search = new GridSearch({ estimator: net, params: { alpha: [0] }, cv: 2, returnTrainScore: true })
    await search.fit(x, y)
    const { trainScores } = await crossValidate(net.clone().setParams({ alpha: 0 }), x, y, {
      cv: 2,
      returnTrainScore: true,
    })
    expect(search.results[0]!.trainScores).toEqual(trainScores)
  })
})

describe('RandomSearch', () => {
  it('draws from ranges and lists by the seed, with the same results for any concurrency', async () => {
    const space = {
      alpha: { low: 1e-5, high: 10, log: true },
      batchSize: { low: 4, high: 9, integer: true },
      learningRateInit: 'auto',
      activation: 'auto',
    } as const
    const find = async (seed: number, concurrency: number) => {
      const search = new RandomSearch({ estimator: net, params: space, nCandidates: 6, cv: 2, seed, concurrency })
      return search.fit(x, y)
    }
    const search = await find(4, 1)
    expect(plain(await find(4, 2))).toEqual(plain(search))
    expect((await find(5, 2)).results[0]!.params).not.toEqual(search.results[0]!.params)
    for (const { params: values } of search.results) {
      const { alpha, batchSize, learningRateInit, activation } = values as Record<string, number>
      expect(alpha! >= 1e-5 && alpha! <= 10).toBe(true)
      expect(Number.isInteger(batchSize) && batchSize! >= 4 && batchSize! <= 9).toBe(true)
      expect(learningRateInit! >= 1e-4 && learningRateInit! <= 0.1).toBe(true)
      expect(['identity', 'logistic', 'tanh', 'relu']).toContain(activation)
    }
  })

  it('draws uniformly on the scale of the range', async () => {
    const estimator = new FakeEstimator({ value: 0, slow: 0 })
    const draw = async (space: modelSelection.ParameterSpace) => {
      const options = { estimator, params: { value: space }, nCandidates: 2000, cv: 2, refit: false, seed: 1 }
      const search = await new RandomSearch(options).fit(new Float64Array(4), [1, 2, 3, 4])
      return search.results.map(({ params: { value } }) => value as number)
    }
    const logs = (await draw({ low: 1e-4, high: 1, log: true })).map(Math.log10)
    expect(logs.filter((power) => power < -3).length / 2000).toBeCloseTo(0.25, 1)
    const dice = await draw({ low: 1, high: 6, integer: true })
    for (let side = 1; side <= 6; side++) {
      expect(dice.filter((value) => value === side).length / 2000).toBeCloseTo(1 / 6, 1)
    }
  })

  it('draws each combination of lists at most once', async () => {
    const estimator = new FakeEstimator({ value: 0, slow: 0 })
    const options = { estimator, params: { value: [1, 2, 3], slow: [0, 0.5] }, nCandidates: 50, cv: 2, seed: 1 }
    const { results } = await new RandomSearch(options).fit(x, y)
    expect(new Set(results.map((result) => JSON.stringify(result.params))).size).toBe(6)
  })
})

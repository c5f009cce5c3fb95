import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { load, type Matrix, MLPClassifier, modelSelection, pipeline, preprocessing } from '../../../lib/index.js'
import { Known, net, params, plain, x, y } from './known.js'

const { GridSearch, RandomSearch, crossValidate } = modelSelection

const folder = mkdtempSync(join(tmpdir(), 'perceptra-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('GridSearch', () => {
  it('tries all combinations as crossValidate does, ranks them, and fits the best to all rows', async () => {
    const search = new GridSearch({ estimator: net, params, cv: 3, seed: 1 })
    expect(await search.fit(x, y)).toBe(search)
    expect(search.results.map(({ candidate }) => candidate).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(search.results.map(({ params: own }) => own)).toContainEqual({ learningRateInit: 0.01, alpha: 1 })
    for (const { params: own, scores, mean, std, status, fitTime, scoreTime } of search.results) {
      const byHand = await crossValidate(net.clone().setParams(own), x, y, { cv: 3 })
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
    expect(await search.score(x, y)).toBe(await refit.score(x, y))
    expect([search.stopReason, net.isFitted]).toEqual(['done', false])
    await search.save(join(folder, 'best.safetensors'))
    const loaded = (await load(join(folder, 'best.safetensors'))) as MLPClassifier<string>
    expect(await loaded.predict(x)).toEqual(labels)
  })

  it('finds the same whatever the threads, in a pipeline and with other scores', async () => {
    const estimator = pipeline([
      ['scaler', new preprocessing.StandardScaler()],
      ['mlp', new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 5 })],
    ])
    const grids = [
      { 'mlp.alpha': [1e-4, 1] },
      { scaler: [new preprocessing.MinMaxScaler()], 'mlp.activation': ['tanh'] },
    ]
    const found = []
    for (const threads of [1, 2, 7]) {
      const search = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 5, threads })
      await search.fit(x, y)
      found.push([plain(search), await search.predict(x)])
    }
    expect(found[0]![0]).toHaveLength(3)
    expect(found[1]).toEqual(found[0])
    expect(found[2]).toEqual(found[0])
    const other = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 6 })
    expect(plain(await other.fit(x, y))).not.toEqual(found[0]![0])
  })

  it('gives equal ones the same rank, the first one first, and keeps few clones in flight', async () => {
    Known.most = 0
    const estimator = new Known({ value: 0, slow: 1 })
    const search = new GridSearch({ estimator, params: { value: [1, 3, 2, 3] }, cv: 2, threads: 3, refit: false })
    await search.fit(x, y)
    expect(search.results.map(({ candidate, rank }) => [candidate, rank])).toEqual([
      [1, 1],
      [3, 1],
      [2, 3],
      [0, 4],
    ])
    expect(Known.most).toBe(3)
    expect(search.bestParams).toEqual({ value: 3 })
    expect(() => search.bestEstimator).toThrow(/nothing was fitted to all rows/)
  })

  it('returns training scores when asked', async () => {
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
  it('draws from ranges and lists by its seed, and finds the same whatever the threads', async () => {
    const space = {
      alpha: { low: 1e-5, high: 10, log: true },
      batchSize: { low: 4, high: 9, integer: true },
      learningRateInit: 'auto',
      activation: 'auto',
    } as const
    const find = async (seed: number, threads: number) => {
      const search = new RandomSearch({ estimator: net, params: space, nCandidates: 6, cv: 2, seed, threads })
      return search.fit(x, y)
    }
    const found = await find(4, 1)
    expect(plain(await find(4, 2))).toEqual(plain(found))
    expect((await find(5, 2)).results[0]!.params).not.toEqual(found.results[0]!.params)
    for (const { params: own } of found.results) {
      const { alpha, batchSize, learningRateInit, activation } = own as Record<string, number>
      expect(alpha! >= 1e-5 && alpha! <= 10).toBe(true)
      expect(Number.isInteger(batchSize) && batchSize! >= 4 && batchSize! <= 9).toBe(true)
      expect(learningRateInit! >= 1e-4 && learningRateInit! <= 0.1).toBe(true)
      expect(['identity', 'logistic', 'tanh', 'relu']).toContain(activation)
    }
  })

  it('draws evenly, on the scale asked for', async () => {
    const estimator = new Known({ value: 0, slow: 0 })
    const draw = async (space: modelSelection.ParameterSpace) => {
      const one = { estimator, params: { value: space }, nCandidates: 2000, cv: 2, refit: false, seed: 1 }
      const search = await new RandomSearch(one).fit(new Float64Array(4), [1, 2, 3, 4])
      return search.results.map(({ params: own }) => own.value as number)
    }
    const logs = (await draw({ low: 1e-4, high: 1, log: true })).map(Math.log10)
    expect(logs.filter((power) => power < -3).length / 2000).toBeCloseTo(0.25, 1)
    const dice = await draw({ low: 1, high: 6, integer: true })
    for (let side = 1; side <= 6; side++) {
      expect(dice.filter((value) => value === side).length / 2000).toBeCloseTo(1 / 6, 1)
    }
  })

  it('takes no combination of lists twice', async () => {
    const estimator = new Known({ value: 0, slow: 0 })
    const one = { estimator, params: { value: [1, 2, 3], slow: [0, 0.5] }, nCandidates: 50, cv: 2, seed: 1 }
    const { results } = await new RandomSearch(one).fit(x, y)
    expect(new Set(results.map(({ params: own }) => JSON.stringify(own))).size).toBe(6)
  })
})

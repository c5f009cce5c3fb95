import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest'
import { ArgumentError, type Matrix, MLPClassifier, metrics, modelSelection } from '../../../lib/index.js'
import { x, y } from './clouds.js'

const { GridSearch, HalvingSearch, crossValidate, learningCurve } = modelSelection
const estimator = new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 5, learningRateInit: 0.05, seed: 1 })
const params = { alpha: [1e-4, 10], learningRateInit: [1e-4, 0.05] }
const scoring = ['accuracy', 'negLogLoss'] as const
const labels = y as string[]

const dir = mkdtempSync(join(tmpdir(), 'perceptra-scores-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Counts the calls of a method in all clones. */
class Counting extends MLPClassifier<string> {
  static calls = 0
  override predict(...all: Parameters<MLPClassifier<string>['predict']>) {
    Counting.calls++
    return super.predict(...all)
  }
}

describe('several scores in crossValidate', () => {
  it('are those of each score alone', async () => {
    const both = await crossValidate(estimator, x, y, { cv: 3, scoring, returnTrainScore: true })
    expectTypeOf(both.testScores).toEqualTypeOf<Record<'accuracy' | 'negLogLoss', Float64Array>>()
    for (const name of scoring) {
      const one = await crossValidate(estimator, x, y, { cv: 3, scoring: name, returnTrainScore: true })
      expectTypeOf(one.testScores).toEqualTypeOf<Float64Array>()
      expect(both.testScores[name]).toEqual(one.testScores)
      expect(both.trainScores![name]).toEqual(one.trainScores)
      expect([both.mean[name], both.std[name]]).toEqual([one.mean, one.std])
    }
  })

  it('come under names of their own, as functions too, and share predictions', async () => {
    Counting.calls = 0
    const counted = new Counting({ ...estimator.getParams() })
    const recall = async (model: MLPClassifier<string>, rows: Matrix, truth: string[]) =>
      metrics.balancedAccuracy(truth, await MLPClassifier.prototype.predict.call(model, rows))
    const scores = await crossValidate(counted, x, y, {
      cv: 2,
      scoring: { acc: 'accuracy', mcc: 'matthewsCorrcoef', recall },
    })
    expect(Object.keys(scores.testScores)).toEqual(['acc', 'mcc', 'recall'])
    expect(Counting.calls).toBe(2)
    const alone = await crossValidate(estimator, x, y, { cv: 2, scoring: 'balancedAccuracy' })
    expect(scores.testScores.recall).toEqual(alone.testScores)
  })

  it('all are errorScore where a fit fails', async () => {
    const scores: number[] = []
    const broken = {
      clone: () => broken,
      getParams: () => ({}),
      setParams: () => broken,
      predict: async () => labels,
      score: async () => 1,
      fit: async () => {
        if (scores.push(0) === 1) throw new Error('no')
      },
    }
    const scored = { a: () => 1, b: () => 2 }
    const result = await crossValidate(broken as never, x, y, {
      cv: 2,
      scoring: scored,
      errorScore: -1,
      concurrency: 1,
    })
    expect(result.testScores).toEqual({ a: Float64Array.of(-1, 1), b: Float64Array.of(-1, 2) })
  })
})

describe('several scores in searches', () => {
  it('rank by the score that refit names, and report all', async () => {
    for (const refit of scoring) {
      const options = { estimator, params, cv: 2, seed: 1 }
      const search = await new GridSearch({ ...options, scoring, refit, returnTrainScore: true }).fit(x, y)
      const alone = await new GridSearch({ ...options, scoring: refit }).fit(x, y)
      expect(search.bestParams).toEqual(alone.bestParams)
      expect(search.bestScore).toBe(alone.bestScore)
      expect(await search.score(x, y)).toBe(await alone.score(x, y))
      const other = await new GridSearch({ ...options, scoring: scoring.find((name) => name !== refit)! }).fit(x, y)
      for (const { metrics: all, scores, trainScores, mean, params: tried } of search.results) {
        expect(all![refit]).toMatchObject({ scores, trainScores, mean })
        const same = other.results.find((result) => JSON.stringify(result.params) === JSON.stringify(tried))!
        expect(all![scoring.find((name) => name !== refit)!]).toMatchObject({ scores: same.scores, mean: same.mean })
      }
    }
  })

  it('rank by the first score without refit, and in HalvingSearch', async () => {
    const search = await new GridSearch({ estimator, params, cv: 2, scoring, refit: false }).fit(x, y)
    expect(search.results[0]!.mean).toBe(search.results[0]!.metrics!.accuracy!.mean)
    expect(() => search.bestEstimator).toThrow('refit is false')
    const halving = new HalvingSearch({
      estimator,
      params,
      cv: 2,
      scoring,
      refit: 'negLogLoss',
      minResources: 'smallest',
      seed: 1,
    })
    await halving.fit(x, y)
    expect(halving.bestScore).toBe(halving.results[0]!.metrics!.negLogLoss!.mean)
  })

  it('are kept in the file of a search, from which it goes on', async () => {
    const file = join(dir, 'search.jsonl')
    const make = () => new GridSearch({ estimator, params, cv: 2, scoring, refit: 'negLogLoss', seed: 3 })
    const first = await make().fit(x, y, { file })
    expect(existsSync(file)).toBe(true)
    const lines = readFileSync(file, 'utf8')
    const again = await make().fit(x, y, { file })
    expect(readFileSync(file, 'utf8')).toBe(lines)
    expect(again.results).toEqual(first.results)
    const other = new GridSearch({ estimator, params, cv: 2, scoring, refit: 'accuracy', seed: 3 })
    await expect(other.fit(x, y, { file })).rejects.toThrow('Expected the same search')
  })

  it.each([
    [{ scoring }, /^Expected false, or the score that decides: accuracy, negLogLoss for refit, but got true/],
    [{ scoring, refit: 'f1' }, /for refit, but got "f1"/],
    [{ scoring: ['accuracy', 'accuracy'], refit: 'accuracy' }, /names that differ for scoring, but got accuracy twice/],
    [{ scoring: [], refit: false }, /at least one score for scoring/],
    [{ scoring: {}, refit: false }, /at least one score for scoring/],
    [{ scoring: ['acuracy'], refit: false }, /Did you mean accuracy/],
    [{ scoring: { a: 1 }, refit: false }, /for a of scoring, but got 1/],
    [{ refit: 'accuracy' }, /true or false for refit, but got "accuracy"/],
  ])('refuse %j', (options, message) => {
    const make = () => new GridSearch({ estimator, params, ...options } as never)
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })

  it('are refused for a curve', async () => {
    await expect(learningCurve(estimator, x, y, { scoring } as never)).rejects.toThrow('one score for a curve')
  })
})

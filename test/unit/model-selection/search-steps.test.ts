import { describe, expect, it } from 'vitest'
import { datasets, modelSelection, pipeline, preprocessing, SGDClassifier } from '../../../lib/index.js'

const { GridSearch } = modelSelection
const { MinMaxScaler, StandardScaler, RobustScaler, ColumnTransformer } = preprocessing

const made = datasets.makeMoons({ nSamples: 120, noise: 0.2, seed: 1 })
const x = made.x.toArray()
const y = Array.from(made.y)
const make = () =>
  pipeline([
    ['first', new StandardScaler()],
    ['scaler', new MinMaxScaler()],
    ['clf', new SGDClassifier<number>({ seed: 1 })],
  ])
const meansOf = ({ results }: { results: readonly modelSelection.CandidateResult[] }) =>
  results.map(({ candidate, mean }) => [candidate, mean])

describe('a step among the values of a search', () => {
  it('is cloned for each candidate, so that fits side by side do not change its parameters', async () => {
    const find = async (concurrency: number) => {
      const featureRange = [
        [0, 1],
        [0, 1000],
        [-5, 5],
      ]
      const scaler = new MinMaxScaler({ clip: true })
      const params = { scaler: [scaler], 'scaler.featureRange': featureRange }
      const search = await new GridSearch({ estimator: make(), params, cv: 3, concurrency, seed: 1 }).fit(x, y)
      expect(scaler.getParams()).toEqual({ featureRange: [0, 1], clip: true })
      expect(search.bestParams.scaler).toBe(scaler)
      const best = search.bestEstimator.namedSteps.scaler as preprocessing.MinMaxScaler
      expect(best.getParams()).toEqual({ featureRange: search.bestParams['scaler.featureRange'], clip: true })
      return meansOf(search)
    }
    const alone = await find(1)
    expect(new Set(alone.map(([, mean]) => mean)).size).toBeGreaterThan(1)
    expect(await find(4)).toEqual(alone)
  })

  it('keeps a seed of null', async () => {
    const free = new SGDClassifier<number>()
    await new GridSearch({ estimator: make(), params: { clf: [free] }, cv: 2, seed: 7 }).fit(x, y)
    expect([free.getParams().seed, free.isFitted]).toEqual([null, false])
  })

  it('can be searched by parameters that the step it replaces lacks', async () => {
    const params = { scaler: [new RobustScaler()], 'scaler.smoothClip': [true, false] }
    const search = await new GridSearch({ estimator: make(), params, cv: 2, seed: 1 }).fit(x, y)
    expect(search.results.map(({ status, mean }) => [status, Number.isNaN(mean)])).toEqual([
      ['done', false],
      ['done', false],
    ])
    const wrong = { scaler: [new RobustScaler()], 'scaler.smothClip': [true] }
    expect(() => new GridSearch({ estimator: make(), params: wrong })).toThrow(/Did you mean scaler.smoothClip/)
  })

  it('can be a part of a ColumnTransformer', async () => {
    const columns = new ColumnTransformer({ transformers: [['num', new StandardScaler(), [0, 1]]] })
    const params = { 'columns.num': [new MinMaxScaler(), new StandardScaler()] }
    const estimator = pipeline([
      ['columns', columns],
      ['clf', new SGDClassifier<number>({ seed: 1 })],
    ])
    const search = await new GridSearch({ estimator, params, cv: 3, seed: 1 }).fit(x, y)
    const byHand = pipeline([new StandardScaler(), new SGDClassifier<number>({ seed: 1 })])
    const { mean } = await modelSelection.crossValidate(byHand, x, y, { cv: 3 })
    expect(search.results.find(({ candidate }) => candidate === 1)!.mean).toBe(mean)
  })
})

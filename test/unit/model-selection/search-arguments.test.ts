import { describe, expect, it } from 'vitest'
import { ArgumentError, type Matrix, modelSelection, SGDRegressor } from '../../../lib/index.js'
import { net, params, x, y } from './fake-estimator.js'

const { GridSearch, RandomSearch } = modelSelection

describe('arguments of a search', () => {
  const grid = (more: object) => () => new GridSearch({ estimator: net, params, ...more } as never)
  const random =
    (space: unknown, more: object = {}) =>
    () =>
      new RandomSearch({ estimator: net, params: space, ...more } as never)
  it.each([
    [grid({ params: {} }), /at least one parameter for params, but it is empty/],
    [grid({ params: [] }), /at least one grid for params/],
    [grid({ params: { alpha: [] } }), /at least one value for alpha of params, but the list is empty/],
    [grid({ params: { alhpa: [1] } }), /Unknown option "alhpa" for params. Did you mean alpha/],
    [grid({ params: { 'mlp.alpha': [1] } }), /Unknown option "mlp.alpha" for params/],
    [grid({ params: { alpha: 1 } }), /a list of values, .* for alpha of params, but got 1/],
    [grid({ params: [{ alpha: { low: 0, high: 1 } }] }), /a list of values for alpha of params\[0\].*RandomSearch/],
    [grid({ estimator: {} }), /an estimator, or a pipeline with one/],
    [grid({ scoring: 'best' }), /for scoring, but got "best"/],
    [grid({ refit: 1 }), /true or false for refit/],
    [grid({ returnTrainScore: 1 }), /true or false for returnTrainScore/],
    [grid({ errorScore: 'no' }), /'raise' for errorScore/],
    [grid({ concurrency: 0 }), /from 1 to 256 for concurrency/],
    [grid({ seed: 0.5 }), /for seed, but got 0.5/],
    [grid({ stopLosers: 1 }), /an object for stopLosers/],
    [grid({ stopLosers: { afterSplits: 0 } }), /at least 1 for afterSplits of stopLosers/],
    [grid({ stopLosers: { margin: -1 } }), /at least 0 for margin of stopLosers/],
    [grid({ paramGrid: 1 }), /Unknown option "paramGrid" for GridSearch/],
    [random({ alpha: [1] }, { nCandidates: 0 }), /at least 1 for nCandidates/],
    [random({ alpha: { low: 0, high: 1, log: true } }), /above 0 for low of alpha of params, but got 0/],
    [random({ alpha: { low: 2, high: 1 } }), /above 2 for high of alpha of params, but got 1/],
    [random({ alpha: { low: 1 } }), /for high of alpha of params, but got undefined/],
    [random({ alpha: { low: 1, high: 2, step: 1 } }), /Unknown option "step" for alpha of params/],
    [
      random({ maxIter: { low: 0.5, high: 2, integer: true } }),
      /an integer for an end of maxIter of params, but got 0.5/,
    ],
    [random({ alpha: { low: 1, high: 2, log: 1 } }), /true or false for log of alpha/],
    [random({ maxIter: 'auto' }), /but got 'auto', and "maxIter" has no range/],
    [random({ alpha: { choices: 1 } }), /a list of values for alpha of params/],
  ])('rejects wrong options (%s)', (act, message) => {
    expect(act).toThrow(ArgumentError)
    expect(act).toThrow(message)
  })

  it.each([
    [{ groups: [1] }, { cv: new modelSelection.GroupKFold() }, /80 entries.*groups.*but got 1/],
    [{}, { cv: 81 }, /at most 80, the number of rows/],
    [{ sampleWeight: [1] }, {}, /80 rows for sampleWeight/],
    [{ timeLimit: 0 }, {}, /above 0 for timeLimit/],
    [{ signal: 1 }, {}, /an AbortSignal for signal/],
    [{ onProgress: 1 }, {}, /a function for onProgress/],
    [{ file: '' }, { seed: 1 }, /a non-empty string for file/],
    [{ epochs: 1 }, {}, /Unknown option "epochs" for fit\(\) of a search/],
  ])('rejects the options %j of fit', async (options, more, message) => {
    const search = new GridSearch({ estimator: net, params, ...more })
    await expect(search.fit(x, y, options as never)).rejects.toThrow(message)
  })

  it('searches regressors, and rejects methods that they lack', async () => {
    const heights = Array.from({ length: 80 }, (_, i) => x.at(i, 0))
    const search = new GridSearch({ estimator: new SGDRegressor({ seed: 1 }), params: { alpha: [1e-4, 10] }, cv: 3 })
    await search.fit(x, heights)
    expect(search.bestParams).toEqual({ alpha: 1e-4 })
    expect(() => (search as { predictProba(x: Matrix): unknown }).predictProba(x)).toThrow(/with predictProba\(\)/)
    const sync = search as unknown as { predictProbaSync(x: Matrix): unknown }
    expect(() => sync.predictProbaSync(x)).toThrow(/with predictProbaSync\(\)/)
    const unfitted = new GridSearch({ estimator: new SGDRegressor(), params: { alpha: [1] } })
    expect(() => unfitted.predictSync(x)).toThrow(/call fit\(x, y\)/)
    expect(() => unfitted.toBytes()).toThrow(/call fit\(x, y\)/)
  })
})

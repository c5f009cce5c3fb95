import { describe, expect, it } from 'vitest'
import { modelSelection, Perceptron, pipeline, preprocessing, SGDClassifier, SGDRegressor } from '../../../lib/index.js'

/** Float32 cannot tell these from 1. */
const [below, above] = [1 - 1e-9, 1 + 1e-9]
const options = {
  penalty: null,
  learningRate: 'constant',
  eta0: 0.5,
  fitIntercept: false,
  maxIter: 1,
  tol: null,
} as const
const regressor = () => new SGDRegressor({ ...options, shuffle: false })

describe('linear models read float64 rows unrounded', () => {
  it.each([
    ['an array of rows', [[above]]],
    ['a flat Float64Array', Float64Array.of(above)],
    ['an array of Float64Arrays', [Float64Array.of(above)]],
  ])('%s', async (_, x) => {
    const model = await regressor().fit(x, [2])
    // One step from 0: w = eta0 y x.
    expect(model.coef[0]).toBe(0.5 * 2 * above)
    expect((await model.predict(x))[0]).toBe(above * above)
    expect(model.predictSync([below])).toBe(above * below)
    expect(model.predictSync(Float64Array.of(below))).toBe(above * below)
    expect(model.predictSync([[below]])[0]).toBe(above * below)
  })

  it('start from weights in double precision', async () => {
    const model = await regressor().fit([[0]], [0], { coefInit: [[above]] })
    expect(model.coef[0]).toBe(above)
  })

  it('separate classes that differ below float32', async () => {
    const x = [below, above, below, above].map((value) => [(value - 1) * 1e9, 1e9 + (value - 1) * 1e9])
    const y = [0, 1, 0, 1]
    // The second column alone, around 1e9: float32 rounds all of it to one number.
    const column = x.map((row) => [row[1]! - 1e9, row[1]!])
    expect(new Set(column.map(([, value]) => Math.fround(value!))).size).toBe(1)
    for (const model of [new SGDClassifier({ seed: 1 }), new Perceptron({ seed: 1 })]) {
      const scaled = pipeline([new preprocessing.StandardScaler(), model])
      const rows = column.map(([, value]) => [value!])
      await scaled.fit(rows, y)
      expect(await scaled.predict(rows)).toEqual(y)
      expect(rows.map((row) => scaled.predictSync(row))).toEqual(y)
    }
  })

  it('in a pipeline get what its transformers computed, unrounded', async () => {
    const model = pipeline([new preprocessing.StandardScaler({ withStd: false }), regressor()])
    await model.fit([[1], [4 / 3]], [0, 3])
    const { sgdregressor } = model.namedSteps as { sgdregressor: SGDRegressor }
    const mean = (1 + 4 / 3) / 2
    const centred = 4 / 3 - mean
    expect(Math.fround(centred)).not.toBe(centred)
    // The first row leaves the weight at 0, because its target is 0.
    expect(sgdregressor.coef[0]).toBeCloseTo(0.5 * 3 * centred, 14)
    expect(model.predictSync([4 / 3])).toBeCloseTo(0.5 * 3 * centred * centred, 14)
    expect((await model.predict([[4 / 3]]))[0]).toBe(model.predictSync([4 / 3]))
  })

  it('in crossValidate are fitted to unrounded rows', async () => {
    const rows = Array.from({ length: 6 }, () => [above])
    const scores: number[] = []
    const scoring = (model: SGDRegressor) => {
      scores.push(model.coef[0]!)
      return 1
    }
    await modelSelection.crossValidate(regressor(), rows, [0, 0, 0, 2, 0, 0], {
      cv: [{ train: [3], test: [0] }],
      scoring,
    })
    expect(scores).toEqual([above])
  })

  it('refuse numbers that float32 cannot hold, with row and column', async () => {
    await expect(regressor().fit([[1], [1e39]], [1, 2])).rejects.toThrow('row 1, column 0 is 1e+39')
  })
})

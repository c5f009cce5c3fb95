import { describe, expect, it } from 'vitest'
import {
  Adaline,
  type Logs,
  MlpError,
  Perceptron,
  SGDClassifier,
  SGDRegressor,
  TrainingError,
} from '../../../lib/index.js'
import { three, two, x, y } from './data.js'

const square = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]
const truth = { and: [false, false, false, true], or: [false, true, true, true], xor: [false, true, true, false] }

describe('a single unit', () => {
  it.each(['and', 'or'] as const)('learns %s', async (name) => {
    for (const model of [
      new Perceptron({ tol: null, maxIter: 30 }),
      new Adaline({ solver: 'batch', learningRate: 0.5, tol: null, maxIter: 200 }),
    ]) {
      await model.fit(square, truth[name])
      expect(await model.predict(square)).toEqual(truth[name])
    }
  })

  it('does not learn xor in any number of epochs', async () => {
    for (const maxIter of [10, 100, 1000]) {
      const model = await new Perceptron({ tol: null, maxIter }).fit(square, truth.xor)
      expect(await model.score(square, truth.xor)).toBeLessThan(1)
    }
  })
})

describe('epochs of linear models', () => {
  it.each(['optimal', 'invscaling', 'constant'] as const)(
    'epochs of partialFit equal those of fit with the rate %s',
    async (learningRate) => {
      const params = { seed: 2, tol: null, maxIter: 3, learningRate, average: 50, penalty: 'l2' } as const
      const whole = await new SGDClassifier(params).fit(x, three)
      const parts = new SGDClassifier(params)
      await parts.partialFit(x, three, { classes: ['top', 'mid', 'low'] })
      await parts.partialFit(x, three)
      await parts.partialFit(x, three)
      // The core rounds when it multiplies weights by their scale, at the end of each call.
      for (const [k, value] of parts.coef.data.entries()) expect(value).toBeCloseTo(whole.coef.data[k]!, 5)
      expect([parts.t, parts.nIter, whole.nIter]).toEqual([whole.t, 1, 3])
      expect(parts.lossCurve.length).toBe(3)
    },
  )

  it('an epoch of partialFit equals a fit of one epoch to the bit', async () => {
    const params = { seed: 2, maxIter: 1 }
    const whole = await new SGDRegressor(params).fit(x, y)
    const part = await new SGDRegressor(params).partialFit(x, y)
    expect(part.coef).toEqual(whole.coef)
    const sliced = await new Adaline(params).partialFit(x, two, { classes: [true, false] })
    expect(sliced.coef).toEqual((await new Adaline(params).fit(x, two)).coef)
  })

  it('fit continues with warmStart, and begins anew without', async () => {
    const params = { seed: 2, maxIter: 4, tol: null, learningRate: 'constant', shuffle: false } as const
    const cold = new SGDClassifier(params)
    const first = (await cold.fit(x, two)).coef
    expect((await cold.fit(x, two)).coef).toEqual(first)
    const warm = await new SGDClassifier({ ...params, warmStart: true }).fit(x, two)
    expect((await warm.fit(x, two)).coef.toArray()[0]).toEqual(
      (await new SGDClassifier({ ...params, maxIter: 8 }).fit(x, two)).coef
        .toArray()[0]!
        .map((v) => expect.closeTo(v, 5)),
    )
    await expect(warm.fit(x, two.map(String) as never)).rejects.toThrow(/the classes of the fit before/)
    await expect(warm.fit([[1], [2]], [true, false])).rejects.toThrow(
      /rows of 3 numbers for x \(as in the fit before\)/,
    )
  })

  it('fit ends by tol, never with null, and earlier with a larger tol', async () => {
    const fit = (tol: number | null) => new SGDClassifier({ seed: 1, tol, maxIter: 60, loss: 'logLoss' }).fit(x, two)
    const [never, small, large] = [await fit(null), await fit(1e-4), await fit(0.5)]
    expect([never.nIter, never.stopReason]).toEqual([60, 'maxIter'])
    expect(small.stopReason).toBe('converged')
    expect(large.nIter).toBeLessThan(small.nIter)
    expect(large.nIter).toBe(6)
  })

  it('fit ends with earlyStopping when the score of held-back rows no longer rises', async () => {
    const params = { seed: 1, earlyStopping: true, validationFraction: 0.25, nIterNoChange: 4 }
    const model = await new SGDClassifier(params).fit(x, three)
    expect(model.stopReason).toBe('converged')
    expect(model.validationScores.length).toBe(model.nIter)
    const best = Math.max(...model.validationScores)
    expect(best).toBeGreaterThan(0.7)
    const regressor = await new SGDRegressor({ ...params, maxIter: 500 }).fit(x, y)
    const scores = regressor.validationScores
    const stale = scores.map((score, k) => score < Math.max(...scores.slice(0, k)) + 1e-3)
    expect(stale.slice(-5)).toEqual([false, true, true, true, true])
    await expect(new SGDClassifier(params).partialFit(x, two, { classes: [true, false] })).rejects.toThrow(
      /earlyStopping/,
    )
    await expect(new SGDClassifier(params).fit(x.toArray().slice(0, 2), [1, 2])).rejects.toThrow(
      /at least 2 rows to train and 2 to validate with for validationFraction, but got 0.25/,
    )
  })

  it('fit ends when the adaptive rate is too small', async () => {
    const params = { seed: 1, learningRate: 'adaptive', eta0: 0.1, tol: 1, maxIter: 1000, nIterNoChange: 1 } as const
    const model = await new SGDClassifier(params).fit(x, two)
    // The first epoch is a change; then 0.1 / 5^8 is the first rate of at most 1e-6.
    expect(model.nIter).toBe(10)
  })

  it('fit leaves smaller weights with alpha, and zeros with the l1 penalty', async () => {
    const norm = async (params: object) => {
      const { coef } = await new SGDRegressor({ seed: 1, ...params }).fit(x, y)
      return Math.hypot(...coef)
    }
    expect(await norm({ alpha: 0.3 })).toBeLessThan((await norm({ alpha: 1e-4 })) * 0.9)
    const sparse = await new SGDRegressor({ seed: 1, penalty: 'l1', alpha: 0.3, average: false }).fit(x, y)
    expect([...sparse.coef].filter((w) => w === 0).length).toBeGreaterThan(0)
  })
})

describe('fit of linear models', () => {
  it('can predict while it is fitted, and calls onEpochEnd', async () => {
    const model = new SGDClassifier({ seed: 1, tol: null, maxIter: 4 })
    const seen: [number, Logs][] = []
    await model.fit(x, three, {
      onEpochEnd: async (epoch, logs) => {
        seen.push([epoch, logs])
        expect(await model.score(x, three)).toBeGreaterThan(0.3)
      },
    })
    expect([model.stopReason, model.nIter, seen.length]).toEqual(['maxIter', 4, 4])
    expect(seen.map(([, { loss }]) => loss)).toEqual(model.lossCurve)
    const first = await new SGDClassifier({ seed: 1 }).fit(x, three, { timeLimit: 1e-9 })
    expect([first.stopReason, first.nIter, first.t]).toEqual(['timeLimit', 0, 1])
  })

  it('ends at the time limit, in the middle of an epoch', async () => {
    const columns = 100
    const many = new Float32Array(20_000 * columns).map((_, i) => Math.sin(i))
    const labels = Array.from({ length: 20_000 }, (_, i) => i % 50)
    const table = Array.from({ length: 20_000 }, (_, i) => many.subarray(i * columns, (i + 1) * columns))
    const model = new SGDClassifier({ seed: 1, tol: null, maxIter: 1e9 })
    const began = performance.now()
    await model.fit(table, labels, { timeLimit: 0.2 })
    expect(model.stopReason).toBe('timeLimit')
    expect(performance.now() - began).toBeLessThan(3000)
    await expect(model.fit(x, two, { timeLimit: 0 })).rejects.toThrow(/timeLimit/)
    await expect(model.fit(x, two, { signal: 1 as never })).rejects.toThrow(/AbortSignal/)
    await expect(model.fit(x, two, { onEpochEnd: 1 as never })).rejects.toThrow(/onEpochEnd/)
    await expect(model.fit(x, two, { epochs: 3 } as never)).rejects.toThrow(/Unknown option "epochs"/)
  })

  it('rejects a second fit, and predicts with the old weights while it runs', async () => {
    const model = new SGDClassifier({ seed: 1, tol: null, maxIter: 50 })
    await expect(model.predict(x)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
    expect(() => model.classes).toThrow(MlpError)
    await model.fit(x, two)
    const running = model.fit(x, three)
    await expect(model.fit(x, two)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    expect(() => model.setParams({ alpha: 1 })).toThrow(/is being fitted/)
    expect(typeof model.predictSync(x.row(0))).toBe('boolean')
    await running
    expect(typeof model.predictSync(x.row(0))).toBe('string')
  })

  it('keeps what was learned before when a callback throws or weights overflow', async () => {
    const model = await new SGDRegressor({ seed: 1 }).fit(x, y)
    const { coef } = model
    model.setParams({ eta0: 1e300 })
    await expect(model.fit(x, y)).rejects.toThrow(TrainingError)
    await expect(model.fit(x, y)).rejects.toMatchObject({ code: 'ERR_TRAINING', epoch: 0 })
    expect(model.coef).toEqual(coef)
    model.setParams({ eta0: 0.01 })
    const oops = () => {
      throw new Error('oops')
    }
    await expect(model.fit(x, y, { onEpochEnd: oops })).rejects.toThrow('oops')
    expect(model.nIter).toBe(1)
    await model.fit(x, y)
    expect(model.coef).toEqual(coef)
  })
})

describe('data of linear models', () => {
  const model = () => new SGDClassifier({ seed: 1 })
  it.each([
    [[[1, 2], [3]], /row 1 of x/],
    [
      [
        [1, Number.NaN],
        [3, 4],
      ],
      /row 0, column 1/,
    ],
    [[], /at least one row/],
    [null, /Matrix/],
  ])('rejects a wrong x (%#)', async (rows, message) => {
    await expect(model().fit(rows as never, ['a', 'b'])).rejects.toThrow(message)
    await expect(new SGDRegressor({ earlyStopping: true }).fit(rows as never, [1, 2])).rejects.toThrow(message)
  })

  it('rejects wrong columns, targets, classes and initial weights', async () => {
    const fitted = await model().fit(x, two)
    await expect(fitted.predict([[1, 2]])).rejects.toThrow(/rows of 3 numbers/)
    expect(() => fitted.predictSync([1, 2])).toThrow(/a row of 3 numbers/)
    expect(() => fitted.predictSync(new Float32Array(6))).toThrow(/For several rows give a table/)
    expect(() => fitted.predictSync(['a', 1, 2] as never)).toThrow(/column 0 of x/)
    await expect(model().fit(x, two, { coefInit: [[1, 2]] })).rejects.toThrow(/coefInit/)
    await expect(model().fit(x, two, { interceptInit: [1, 2] })).rejects.toThrow(/interceptInit/)
    await expect(model().fit(x, two, { interceptInit: null as never })).rejects.toThrow(/interceptInit/)
    await expect(new SGDRegressor().fit(x, [1, 2])).rejects.toThrow(/120 numbers for y/)
    await expect(new SGDRegressor().fit(x, [...y.slice(1), Infinity])).rejects.toThrow(/row 119 of y/)
    await expect(model().partialFit(x, two)).rejects.toThrow(/classes/)
    await expect(model().partialFit(x, three, { classes: ['low', 'mid'] })).rejects.toThrow(/one of the classes/)
    await expect(fitted.partialFit(x, two, { classes: [1, 2] as never })).rejects.toThrow(
      /the classes of the fit before/,
    )
    await expect(fitted.predictProba(x)).rejects.toThrow(/logLoss or modifiedHuber/)
    expect(() => fitted.predictProbaSync(x)).toThrow(/logLoss or modifiedHuber/)
    expect(() => new SGDClassifier({ loss: 'logLoss' }).predictProbaSync(x)).toThrow(/fit\(x, y\)/)
    const balanced = new SGDClassifier({ classWeight: 'balanced' })
    await expect(balanced.partialFit(x, two, { classes: [true, false] })).rejects.toThrow(/classWeight/)
  })
})

it.each([
  ['two', two],
  ['three', three],
])('predictProbaSync of SGDClassifier has the probabilities of predictProba: %s classes', async (_, labels) => {
  const model = await new SGDClassifier({ loss: 'modifiedHuber', seed: 1 }).fit(x, labels)
  const all = await model.predictProba(x)
  expect(model.predictProbaSync(x)).toEqual(all)
  const row = x.row(3)
  expect(model.predictProbaSync(row)).toEqual(all.row(3))
  expect(model.predictProbaSync([...row])).toEqual(all.row(3))
})

it('score of SGDRegressor is R²', async () => {
  const model = await new SGDRegressor({ seed: 1 }).fit(x, y)
  const predicted = await model.predict(x)
  const mean = y.reduce((sum, value) => sum + value, 0) / 120
  const errors = y.reduce((sum, value, i) => sum + (value - predicted[i]!) ** 2, 0)
  const spread = y.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  expect(await model.score(x, y)).toBeCloseTo(1 - errors / spread, 12)
  expect(model.predictSync(x)).toEqual(predicted)
  expect(model.predictSync(x.row(5))).toBe(predicted[5])
  expect(
    await model.score(
      x,
      y.map(() => 3),
    ),
  ).toBe(0)
  expect(await model.score([x.row(0)], [1])).toBeNaN()
})

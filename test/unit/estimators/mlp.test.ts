import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { holdBack } from '../../../lib/estimators/held-back.js'
import { type Loaded, load, Matrix, MLPClassifier, MLPRegressor, TrainingError } from '../../../lib/index.js'
import { three, two, weights, x, y } from './data.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-mlp-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'model.safetensors')

const small = { hiddenLayerSizes: [6], activation: 'tanh', seed: 2, learningRateInit: 0.02 } as const
const labelRows = x.toArray().map(([a, b, c]) => [Number(a! > 0), Number(b! + c! > 0), 1])
const pairs = x.toArray().map(([a, b, c]) => [a! - b!, c! * 0.5])
const flat = (model: { coefs: Matrix[]; intercepts: Float32Array[] }) => [
  ...model.coefs.flatMap(({ data }) => [...data]),
  ...model.intercepts.flatMap((bias) => [...bias]),
]
const norm = (model: { coefs: Matrix[] }) => Math.hypot(...model.coefs.flatMap(({ data }) => [...data]))

describe('labels of MLPClassifier', () => {
  it.each([
    ['strings', three],
    ['booleans', two],
    ['numbers', three.map((label) => label.length * 100 + label.charCodeAt(0))],
  ])('labels can be %s', async (_, labels) => {
    const model = await new MLPClassifier({ ...small, maxIter: 60 }).fit(x, labels as string[])
    expect(model.classes).toEqual([...new Set(labels as string[])].sort())
    const predicted = await model.predict(x)
    expect(typeof predicted[0]).toBe(typeof labels[0])
    expect(predicted.filter((label, i) => label === labels[i]).length / 120).toBe(
      await model.score(x, labels as string[]),
    )
    expect(await model.score(x, labels as string[])).toBeGreaterThan(0.85)
    expect(model.predictSync(x)).toEqual(predicted)
    expect(model.predictSync(x.row(3))).toBe(predicted[3])
    expect(model.predictSync([...x.row(3)])).toBe(predicted[3])
    const { data, rows, cols } = await model.predictProba(x)
    expect([rows, cols]).toEqual([120, model.classes.length])
    for (let i = 0; i < rows; i++) {
      const row = [...data.subarray(i * cols, (i + 1) * cols)]
      expect(row.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5)
      expect(model.classes[row.indexOf(Math.max(...row))]).toBe(predicted[i])
    }
    expect((await model.predictLogProba(x)).data).toEqual(data.map(Math.log))
    expect(model.predictProbaSync(x)).toEqual(await model.predictProba(x))
    expect(model.predictProbaSync(x.row(3))).toEqual(data.slice(3 * cols, 4 * cols))
    expect(model.predictProbaSync([...x.row(3)])).toEqual(data.slice(3 * cols, 4 * cols))
  })

  it('MLPClassifier takes several labels a row', async () => {
    const model = await new MLPClassifier<number[]>({ ...small, solver: 'lbfgs' }).fit(x, labelRows)
    expect([model.classes, model.outActivation, model.nOutputs]).toEqual([[0, 1, 2], 'logistic', 3])
    const predicted = await model.predict(x)
    expect(predicted[0]).toHaveLength(3)
    const right = predicted.filter((row, i) => row.every((value, k) => value === labelRows[i]![k])).length
    expect(await model.score(x, labelRows)).toBe(right / 120)
    expect(right).toBeGreaterThan(110)
    expect(model.predictSync(x.row(0))).toEqual(predicted[0])
    const { data, cols } = await model.predictProba(x)
    expect([...data.subarray(0, cols)].map((p) => Number(p > 0.5))).toEqual(predicted[0])
    expect(model.predictProbaSync(x.row(0))).toEqual(data.slice(0, cols))
    await expect(new MLPClassifier<number[]>().fit([[1]], [[0, 2]])).rejects.toThrow(/row 0, column 1 of y.*2/)
    await expect(new MLPClassifier<number[]>({ classWeight: 'balanced' }).fit(x, labelRows)).rejects.toThrow(
      /null for rows of several labels/,
    )
    const stopped = await new MLPClassifier<number[]>({ ...small, earlyStopping: true, maxIter: 5 }).fit(x, labelRows)
    expect(stopped.validationScores.length).toBeGreaterThan(0)
  })

  it('MLPClassifier rejects one class, and NaN in x and y', async () => {
    await expect(
      new MLPClassifier().fit(
        x,
        two.map(() => 'one'),
      ),
    ).rejects.toThrow(/labels of at least two classes/)
    await expect(new MLPClassifier().fit(x, [...two.slice(1), null] as never)).rejects.toThrow(/row 119 of y/)
    const holed = new Float64Array(360).fill(1)
    holed[7] = Number.NaN
    await expect(new MLPRegressor().fit(new Matrix(new Float32Array(holed), 120, 3), y)).rejects.toThrow(
      /row 2, column 1/,
    )
    await expect(new MLPRegressor().fit(x, [...y.slice(1), Number.NaN])).rejects.toThrow(/row 119 of y/)
    await expect(new MLPRegressor<Matrix>().fit(x, pairs.slice(1))).rejects.toThrow(/120 rows/)
    expect(() => new MLPClassifier().classes).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }))
  })
})

describe('numbers of MLPRegressor', () => {
  it('MLPRegressor takes one number a row, or several', async () => {
    const model = await new MLPRegressor({ ...small, solver: 'lbfgs', maxIter: 500 }).fit(x, y)
    const predicted = await model.predict(x)
    expect(predicted).toBeInstanceOf(Float64Array)
    expect(await model.score(x, y)).toBeGreaterThan(0.9)
    expect(model.predictSync(x.row(5))).toBe(predicted[5])
    const both = await new MLPRegressor<Matrix>({ ...small, solver: 'lbfgs', maxIter: 500 }).fit(x, pairs)
    const rows = await both.predict(x)
    expect([rows.rows, rows.cols, both.nOutputs, both.nLayers, both.nFeaturesIn]).toEqual([120, 2, 2, 3, 3])
    expect(await both.score(x, pairs)).toBeGreaterThan(0.99)
    expect([...both.predictSync(x.row(5))]).toEqual([...rows.row(5)])
    await expect(both.score(x, y as never)).rejects.toThrow(/2 numbers a row/)
  })

  it('predictions are above 0 with the loss poisson', async () => {
    const counts = x.toArray().map(([a, b]) => Math.round(Math.exp(1.5 * a! - b!)))
    const model = await new MLPRegressor({ ...small, loss: 'poisson', solver: 'lbfgs' }).fit(x, counts)
    expect(Math.min(...(await model.predict(x)))).toBeGreaterThan(0)
    expect(await model.score(x, counts)).toBeGreaterThan(0.8)
  })
})

describe('training of networks', () => {
  it.each(['adam', 'sgd'] as const)('epochs of partialFit equal those of fit to the bit with %s', async (solver) => {
    const params = { ...small, solver, tol: 0, maxIter: 4, batchSize: 32, learningRate: 'invscaling' } as const
    const whole = await new MLPClassifier(params).fit(x, three)
    const parts = new MLPClassifier(params)
    for (let k = 0; k < 4; k++) await parts.partialFit(x, three, k === 0 ? { classes: ['top', 'mid', 'low'] } : {})
    expect(flat(parts)).toEqual(flat(whole))
    expect([parts.t, parts.nIter, whole.nIter, parts.lossCurve]).toEqual([whole.t, 1, 4, whole.lossCurve])
  })

  it('partialFit needs all classes in the first call, and rejects others later', async () => {
    const model = new MLPClassifier(small)
    await expect(model.partialFit(x, three)).rejects.toThrow(/classes/)
    await model.partialFit(x, three, { classes: ['low', 'mid', 'top', 'more'] })
    expect(model.nOutputs).toBe(4)
    await expect(model.partialFit(x, three, { classes: ['low', 'mid'] })).rejects.toThrow(
      /the classes of the fit before/,
    )
    await expect(
      model.partialFit(
        x,
        three.map(() => 'new'),
      ),
    ).rejects.toThrow(/row 0 of y/)
    const several = await new MLPClassifier<number[]>(small).partialFit(x, labelRows)
    expect(several.classes).toEqual([0, 1, 2])
  })

  it('a larger alpha leaves smaller weights', async () => {
    const norms: number[] = []
    for (const alpha of [0, 0.1, 10])
      norms.push(norm(await new MLPClassifier({ ...small, alpha, solver: 'lbfgs' }).fit(x, two)))
    expect(norms[0]).toBeGreaterThan(norms[1]!)
    expect(norms[1]).toBeGreaterThan(norms[2]!)
  })

  it('continues with warmStart, and begins anew without', async () => {
    const params = { ...small, solver: 'sgd', momentum: 0, tol: 0, maxIter: 5 } as const
    const cold = await new MLPRegressor(params).fit(x, y)
    const first = flat(cold)
    expect(flat(await cold.fit(x, y))).toEqual(first)
    const warm = await new MLPRegressor({ ...params, warmStart: true }).fit(x, y)
    await warm.fit(x, y)
    expect(flat(warm)).toEqual(flat(await new MLPRegressor({ ...params, maxIter: 10 }).fit(x, y)))
    expect([warm.lossCurve.length, warm.nIter, warm.t]).toEqual([10, 5, 1200])
    await expect(warm.setParams({ hiddenLayerSizes: [3] }).fit(x, y)).rejects.toThrow(/layers of 3, 6, 1/)
    const other = await new MLPClassifier({ ...small, warmStart: true, maxIter: 2 }).fit(x, two)
    await expect(other.fit(x, two.map(String) as never)).rejects.toThrow(/the classes of the fit before/)
  })

  it('ends by tol and nIterNoChange', async () => {
    const model = await new MLPClassifier({ ...small, tol: 10, nIterNoChange: 4 }).fit(x, two)
    // The first epoch always counts as progress.
    expect([model.nIter, model.stopReason]).toEqual([6, 'converged'])
    const never = await new MLPClassifier({ ...small, tol: 10, nIterNoChange: Infinity, maxIter: 30 }).fit(x, two)
    expect([never.nIter, never.stopReason]).toEqual([30, 'maxIter'])
  })

  // With onEpochEnd epochs run one by one; without, several at once.
  it.each<[string, object, object?]>([
    ['adam', { learningRateInit: 0.05, tol: 1e-2, maxIter: 500 }],
    ['no stop rule', { nIterNoChange: Infinity, maxIter: 60 }],
    ['a stop rule after each epoch', { nIterNoChange: 1, tol: 1e-3, batchSize: 32, maxIter: 200 }],
    ['sgd', { solver: 'sgd', learningRateInit: 0.3, tol: 3e-3, nIterNoChange: 4, batchSize: 50, maxIter: 300 }],
    ['the rate invscaling', { solver: 'sgd', learningRate: 'invscaling', maxIter: 30 }],
    ['the rate adaptive', { solver: 'sgd', learningRate: 'adaptive', tol: 1e-2, nIterNoChange: 2, maxIter: 300 }],
    ['no penalty', { alpha: 0, maxIter: 40 }],
    ['a large penalty and sample weights', { alpha: 10, maxIter: 40 }, { sampleWeight: weights }],
  ])('several epochs at once equal single ones to the bit with %s', async (_, params, options = {}) => {
    for (const labels of [three, pairs]) {
      const fit = async (watched: object) => {
        const all = { ...small, ...params }
        const model =
          labels === three ? new MLPClassifier(all) : (new MLPRegressor<Matrix>(all) as unknown as MLPClassifier)
        await model.fit(x, labels as string[], { threads: 1, ...options, ...watched })
        await model.partialFit(x, labels as string[], { threads: 1 })
        return model
      }
      const [alone, watched] = [await fit({}), await fit({ onEpochEnd: () => {} })]
      expect(flat(alone)).toEqual(flat(watched))
      expect(alone.lossCurve).toEqual(watched.lossCurve)
      expect([alone.t, alone.bestLoss, alone.stopReason]).toEqual([watched.t, watched.bestLoss, watched.stopReason])
    }
  })

  it('earlyStopping keeps the weights of the best score', async () => {
    for (const [model, labels] of [
      [new MLPClassifier({ ...small, earlyStopping: true, validationFraction: 0.3, tol: 0, nIterNoChange: 3 }), three],
      [new MLPRegressor({ ...small, earlyStopping: true, validationFraction: 0.3, nIterNoChange: 3 }), y],
    ] as const) {
      const seen: number[][] = []
      await (model as MLPRegressor).fit(x, labels as number[], { onEpochEnd: () => void seen.push(flat(model)) })
      const { validationScores, bestValidationScore } = model
      expect(bestValidationScore).toBe(Math.max(...validationScores))
      expect(flat(model)).toEqual(seen[validationScores.indexOf(bestValidationScore!)])
      expect([model.bestLoss, model.stopReason]).toEqual([null, 'converged'])
      expect(model.lossCurve.length).toBe(validationScores.length)
      expect(model.t).toBe(84 * model.nIter)
    }
    await expect(new MLPRegressor({ earlyStopping: true }).fit([[1], [2]], [1, 2])).rejects.toThrow(
      /at least two rows held/,
    )
  })

  it.each(['squaredError', 'poisson'] as const)(
    'has a finite loss where only rows held back have a weight: %s',
    async (loss) => {
      const numbered = { data: Float64Array.from(y, (_, row) => row), rows: 120, columns: 1 }
      const targets = { data: new Float64Array(120), columns: 1 }
      const { validation } = runNow(holdBack({ x: numbered, targets, weights: undefined }, 0.3, small.seed))
      const sampleWeight = new Float64Array(120)
      for (const row of validation.x.data) sampleWeight[row] = 1
      const model = new MLPRegressor({ ...small, loss, earlyStopping: true, validationFraction: 0.3, maxIter: 3 })
      await model.fit(x, y.map(Math.abs), { sampleWeight })
      expect(model.lossCurve).toHaveLength(3)
      expect(model.lossCurve.every(Number.isFinite)).toBe(true)
    },
  )

  it('ends when the adaptive rate is small', async () => {
    const params = { ...small, solver: 'sgd', tol: 1, nIterNoChange: 1, maxIter: 100 } as const
    const adaptive = await new MLPRegressor({ ...params, learningRate: 'adaptive' }).fit(x, y)
    // 0.02 / 5^7 is below 1e-6: eight times two epochs after the first one.
    expect([adaptive.nIter, adaptive.stopReason]).toEqual([1 + 8 * 2, 'converged'])
    expect((await new MLPRegressor(params).fit(x, y)).nIter).toBe(3)
  })

  it.each(['lbfgs', 'adam'] as const)('leaves rows of weight 0 out with %s', async (solver) => {
    const params = { ...small, solver, shuffle: false, batchSize: 120, maxIter: 15 } as const
    const sampleWeight = y.map((_, i) => Number(i % 3 > 0))
    const rows = x.toArray().filter((_, i) => i % 3 > 0)
    const part = await new MLPRegressor(params).fit(
      rows,
      y.filter((_, i) => i % 3 > 0),
    )
    const weighed = await new MLPRegressor(params).fit(x, y, { sampleWeight })
    for (const [k, weight] of flat(weighed).entries()) expect(weight).toBeCloseTo(flat(part)[k]!, 4)
    expect(await weighed.score(x, y, { sampleWeight })).toBeCloseTo(
      await part.score(
        rows,
        y.filter((_, i) => i % 3 > 0),
      ),
      4,
    )
  })

  it('class weights equal sample weights', async () => {
    const classWeight = { low: 3, top: 0.5 }
    const byClass = await new MLPClassifier({ ...small, classWeight, maxIter: 5 }).fit(x, three, {
      sampleWeight: weights,
    })
    const byRow = three.map((label, i) => weights[i]! * (label === 'low' ? 3 : label === 'top' ? 0.5 : 1))
    expect(flat(byClass)).toEqual(
      flat(await new MLPClassifier({ ...small, maxIter: 5 }).fit(x, three, { sampleWeight: byRow })),
    )
    const balanced = await new MLPClassifier({ ...small, classWeight: 'balanced', maxIter: 5 }).fit(x, two)
    const share = two.filter(Boolean).length
    const even = two.map((label) => 120 / (2 * (label ? share : 120 - share)))
    expect(flat(balanced)).toEqual(
      flat(await new MLPClassifier({ ...small, maxIter: 5 }).fit(x, two, { sampleWeight: even })),
    )
  })

  it('draws the first weights and biases from the range of the activation', async () => {
    for (const [activation, factor] of [
      ['tanh', 6],
      ['logistic', 2],
    ] as const) {
      const model = new MLPClassifier({ hiddenLayerSizes: [80], activation, seed: 5, maxIter: 1 })
      await model.fit(x, three, { timeLimit: 1e-9 })
      expect([model.stopReason, model.nIter, model.lossCurve]).toEqual(['timeLimit', 0, []])
      const limits = [Math.sqrt(factor / 83), Math.sqrt(factor / 83)]
      for (const [i, limit] of limits.entries()) {
        for (const data of [model.coefs[i]!.data, model.intercepts[i]!]) {
          expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit) * 1.000001)
        }
        expect(Math.max(...model.coefs[i]!.data)).toBeGreaterThan(limit * 0.9)
        expect(Math.min(...model.coefs[i]!.data)).toBeLessThan(-limit * 0.9)
      }
      expect(Math.max(...model.intercepts[0]!)).toBeGreaterThan(limits[0]! * 0.8)
    }
  })

  it('starts from coefsInit and interceptsInit, or rejects wrong ones', async () => {
    const first = await new MLPRegressor({ ...small, maxIter: 1 }).fit(x, y)
    const start = { coefsInit: first.coefs, interceptsInit: first.intercepts }
    const model = await new MLPRegressor({ ...small, maxIter: 1 }).fit(x, y, { ...start, timeLimit: 1e-9 })
    expect(flat(model)).toEqual(flat(first))
    const fit = (options: object) => new MLPRegressor(small).fit(x, y, options)
    await expect(fit({ coefsInit: first.coefs })).rejects.toThrow(/interceptsInit/)
    await expect(fit({ ...start, coefsInit: first.coefs.slice(1) })).rejects.toThrow(
      /2 entries for coefsInit \(as many as layers\)/,
    )
    await expect(fit({ ...start, interceptsInit: [first.intercepts[0]!, [1, 2]] })).rejects.toThrow(
      /interceptsInit\[1\]/,
    )
    const warm = await new MLPRegressor({ ...small, warmStart: true, maxIter: 1 }).fit(x, y)
    await expect(warm.fit(x, y, start)).rejects.toThrow(/warm start/)
  })

  it('resolves at the time limit with what it learned, and calls onEpochEnd', async () => {
    const model = new MLPClassifier({ ...small, maxIter: 1e6, tol: 0, nIterNoChange: Infinity })
    const logs: number[] = []
    await model.fit(x, two, { timeLimit: 0.2, onEpochEnd: (_, { loss }) => logs.push(loss) })
    expect([model.stopReason, model.lossCurve]).toEqual(['timeLimit', logs])
    await model.fit(x, two, { timeLimit: 0.05 })
    expect(model.stopReason).toBe('timeLimit')
    await expect(model.fit(x, two, { threads: -1 })).rejects.toThrow(/threads/)
    const busy = model.fit(x, two, { timeLimit: 0.05 })
    await expect(model.fit(x, two)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    await busy
  })

  it('keeps finite weights when the loss becomes infinite', async () => {
    const model = await new MLPRegressor({ ...small, maxIter: 2 }).fit(x, y)
    const before = flat(model)
    model.setParams({ solver: 'sgd', activation: 'identity', learningRateInit: 1e30, maxIter: 50 })
    await expect(model.fit(x, y)).rejects.toThrow(TrainingError)
    expect(flat(model).every(Number.isFinite)).toBe(true)
    expect(before.every(Number.isFinite)).toBe(true)
    await model.predict(x)
  })

  it('throws for the same epoch, with the same weights left, when several epochs run at once', async () => {
    const blowUp = async (options: object) => {
      const params = { ...small, solver: 'sgd', activation: 'identity', momentum: 0, learningRateInit: 4 } as const
      const model = new MLPRegressor(params)
      const error: TrainingError = await model.fit(x, y, options).then(
        () => expect.unreachable(),
        (reason) => reason,
      )
      return {
        message: error.message,
        epoch: error.epoch,
        step: error.step,
        weights: flat(model),
        curve: model.lossCurve,
      }
    }
    const alone = await blowUp({})
    expect(alone).toEqual(await blowUp({ onEpochEnd: () => {} }))
    expect(alone.epoch).toBeGreaterThan(0)
    expect(alone.curve).toHaveLength(alone.epoch)
  })
})

describe('files of networks', () => {
  it.each([
    ['MLPClassifier', () => new MLPClassifier({ ...small, maxIter: 3, nIterNoChange: Infinity }), three],
    [
      'MLPClassifier of two',
      () => new MLPClassifier({ ...small, maxIter: 3, solver: 'sgd', learningRate: 'invscaling' }),
      two,
    ],
    ['MLPClassifier of several labels', () => new MLPClassifier<number[]>({ ...small, maxIter: 3 }), labelRows],
    ['MLPRegressor', () => new MLPRegressor({ ...small, maxIter: 3 }), y],
    ['MLPRegressor of several numbers', () => new MLPRegressor<Matrix>({ ...small, maxIter: 3 }), pairs],
  ] as const)('a file restores %s to predict and to train on', async (_, make, targets) => {
    const model = make() as MLPRegressor
    await model.fit(x, targets as number[])
    await model.save(path)
    const again = (await load<Loaded>(path)) as MLPRegressor
    expect(again.constructor).toBe(model.constructor)
    expect(again.getParams()).toEqual(model.getParams())
    for (const key of ['nIter', 't', 'lossCurve', 'bestLoss', 'stopReason', 'nLayers', 'seed', 'coefs'] as const) {
      expect(again[key], key).toEqual(model[key])
    }
    expect(again.predictSync(x)).toEqual(model.predictSync(x))
    for (const estimator of [model, again]) await estimator.partialFit(x, targets as number[])
    expect(flat(again)).toEqual(flat(model))
  })

  it('files restore models of lbfgs and of earlyStopping', async () => {
    for (const params of [{ solver: 'lbfgs' }, { earlyStopping: true }] as const) {
      const model = await new MLPClassifier({ ...small, ...params, maxIter: 5 }).fit(x, two)
      await model.save(path)
      const again = await MLPClassifier.load(path)
      expect(again.predictSync(x)).toEqual(model.predictSync(x))
      expect([again.bestLoss, again.bestValidationScore, again.validationScores]).toEqual([
        model.bestLoss,
        model.bestValidationScore,
        model.validationScores,
      ])
    }
    await expect(MLPRegressor.load(path)).rejects.toThrow(/MLPRegressor/)
  })
})

import { describe, expect, it } from 'vitest'
import {
  ArgumentError,
  Matrix,
  MLPClassifier,
  metrics,
  modelSelection,
  pipeline,
  preprocessing,
  SGDClassifier,
  SGDRegressor,
  Table,
} from '../../../lib/index.js'
import { native } from '../../../lib/native/addon.js'
import { classifier, heights, x, y } from './clouds.js'

const { crossValidate, crossValPredict, KFold, StratifiedKFold, GroupKFold } = modelSelection

/** Scores of a plain loop over the folds. */
async function byHand(cv: Iterable<modelSelection.Split>, weights?: number[]) {
  const scores: number[] = []
  for (const { train, test } of cv) {
    const take = (rows: Uint32Array) => Matrix.from([...rows].map((row) => x.row(row)))
    const labels = (rows: Uint32Array) => [...rows].map((row) => y[row]!)
    const clone = classifier.clone()
    const sampleWeight = weights && [...train].map((row) => weights[row]!)
    await clone.fit(take(train), labels(train), { threads: 1, sampleWeight })
    scores.push(await clone.score(take(test), labels(test)))
  }
  return scores
}

describe('crossValidate', () => {
  it('takes the splits of a subclass, and of a splitter with a split of its own', async () => {
    class Reversed extends KFold {
      override *split(x: never) {
        for (const { train, test } of super.split(x)) yield { train: test, test: train }
      }
    }
    const replaced = new KFold({ nSplits: 2 })
    replaced.split = function* (x) {
      yield [...KFold.prototype.split.call(replaced, x)][1]!
    }
    for (const [cv, expected] of [
      [new Reversed({ nSplits: 3 }), [...new Reversed({ nSplits: 3 }).split(x as never)]],
      [replaced, [...new KFold({ nSplits: 2 }).split(x)].slice(1)],
    ] as const) {
      expect((await crossValidate(classifier, x, y, { cv })).splits).toEqual(expected)
    }
  })

  it('scores like a plain loop over the folds, with any concurrency', async () => {
    const scores = await byHand(new StratifiedKFold({ nSplits: 4 }).split(x, y))
    for (const concurrency of [1, 2, 5, undefined]) {
      const result = await crossValidate(classifier, x, y, { cv: 4, concurrency })
      expect([...result.testScores]).toEqual(scores)
      expect(result.mean).toBeCloseTo(scores.reduce((a, b) => a + b) / 4, 12)
      expect(result.std).toBeCloseTo(Math.sqrt(scores.reduce((a, b) => a + (b - result.mean) ** 2, 0) / 4), 12)
      expect(result.splits.length).toBe(4)
      expect(result.fitTimes.every((time) => time > 0)).toBe(true)
      expect(result.scoreTimes.every((time) => time > 0)).toBe(true)
    }
    const shuffled = new KFold({ shuffle: true, seed: 5, nSplits: 3 })
    const { testScores } = await crossValidate(classifier, x, y, { cv: shuffled })
    expect([...testScores]).toEqual(await byHand(shuffled.split(x)))
    expect(classifier.isFitted).toBe(false)
  })

  it('takes rows as a Matrix, arrays, typed arrays or a Table with strings', async () => {
    const cv = [...new KFold({ nSplits: 3 }).split(x)]
    const { testScores } = await crossValidate(classifier, x, y, { cv })
    for (const rows of [x.toArray(), x.toArray().map((row) => Float32Array.from(row))]) {
      expect((await crossValidate(classifier, rows, y, { cv })).testScores).toEqual(testScores)
    }
    const table = Table.from({ a: heights, kind: y.map((label, i) => (i === 7 ? null : label)) })
    const model = pipeline([
      new preprocessing.ColumnTransformer({
        transformers: [
          ['number', new preprocessing.StandardScaler(), ['a']],
          ['string', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), ['kind']],
        ],
      }),
      new SGDClassifier({ seed: 1, loss: 'logLoss' }),
    ])
    const { mean } = await crossValidate(model, table, y, { cv: 3, scoring: 'rocAuc' })
    expect(mean).toBeGreaterThan(0.9)
  })

  it('returns training scores and fitted estimators by option', async () => {
    const { trainScores, estimators, testScores, splits } = await crossValidate(classifier, x, y, {
      cv: 3,
      returnTrainScore: true,
      returnEstimators: true,
    })
    const part = (rows: Uint32Array) =>
      [Matrix.from([...rows].map((row) => x.row(row))), [...rows].map((row) => y[row]!)] as const
    for (const [k, model] of estimators!.entries()) {
      expect(await model!.score(...part(splits[k]!.test))).toBe(testScores[k])
      expect(await model!.score(...part(splits[k]!.train))).toBe(trainScores![k])
    }
    const plain = await crossValidate(classifier, x, y, { cv: 3 })
    expect('trainScores' in plain || 'estimators' in plain).toBe(false)
  })

  it('trains with sample weights and keeps groups together', async () => {
    const groups = Array.from({ length: 60 }, (_, row) => Math.floor(row / 6))
    const sampleWeight = Array.from({ length: 60 }, (_, row) => (row % 2 ? 0.001 : 1))
    const cv = new GroupKFold({ nSplits: 5 })
    const weighed = await crossValidate(classifier, x, y, { cv, groups, sampleWeight })
    const scores = await byHand(cv.split(x, y, groups), sampleWeight)
    expect([...weighed.testScores]).toEqual(scores)
    expect(scores).not.toEqual(await byHand(cv.split(x, y, groups)))
    for (const { train, test } of weighed.splits) {
      const tested = new Set([...test].map((row) => groups[row]))
      expect([...train].some((row) => tested.has(groups[row]!))).toBe(false)
    }
  })

  it('sets the seed of estimators that have none', async () => {
    const free = new MLPClassifier({ hiddenLayerSizes: [4], maxIter: 3 })
    const run = async (seed: number) => [
      ...(await crossValidate(free, x, y, { seed, cv: 3, scoring: 'negLogLoss' })).testScores,
    ]
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })

  it('scores a failed fit with errorScore and a warning, or throws', async () => {
    const cv = [
      { train: [1, 3, 5], test: [0, 2] },
      { train: [0, 1, 2, 3], test: [4, 5] },
    ]
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const { testScores, mean } = await crossValidate(classifier, x, y, { cv })
    expect(testScores[0]).toBeNaN()
    expect(mean).toBeNaN()
    expect(testScores[1]).toBeGreaterThanOrEqual(0)
    expect((await warned).message).toMatch(/The fit on split 0 failed, and its score is NaN: .*one class/)
    expect((await crossValidate(classifier, x, y, { cv, errorScore: -1 })).testScores[0]).toBe(-1)
    await expect(crossValidate(classifier, x, y, { cv, errorScore: 'raise' })).rejects.toThrow(/two classes/)
    await expect(crossValidate(classifier, x, y, { cv: cv.slice(0, 1) })).rejects.toThrow(/two classes/)
  })

  it('calls onProgress after each fit, and rejects when the signal is aborted', async () => {
    const seen: number[] = []
    await crossValidate(classifier, x, y, { cv: 4, onProgress: ({ done, total }) => seen.push(done / total) })
    expect(seen).toEqual([0.25, 0.5, 0.75, 1])
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = () => controller.abort(reason)
    const run = crossValidate(classifier, x, y, { cv: 4, concurrency: 1, signal: controller.signal, onProgress })
    await expect(run).rejects.toBe(reason)
    await expect(
      crossValidate(classifier, x, y, {
        onProgress: () => {
          throw reason
        },
      }),
    ).rejects.toBe(reason)
  })

  it('copies rows without blocking the event loop', async () => {
    const large = new Matrix(new Float32Array(16_000_000), 1_000_000, 16)
    class Idle {
      score = async () => 1
      fit = async () => {}
      clone = () => new Idle()
      getParams = () => ({})
      setParams = () => this
    }
    let [turns, running] = [0, true]
    const watch = (async () => {
      while (running) {
        await new Promise((resolve) => setImmediate(resolve))
        turns++
      }
    })()
    await crossValidate(new Idle(), large, new Uint8Array(1_000_000), { cv: 2, concurrency: 1 })
    running = false
    await watch
    expect(turns).toBeGreaterThan(3)
  })

  it('runs as many fits at once as `concurrency`, by default one more than there are cores', async () => {
    let [running, most] = [0, 0]
    class Slow {
      score = async () => 1
      clone = () => new Slow()
      getParams = () => ({})
      setParams = () => this
      async fit() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }
    }
    for (const concurrency of [1, 3, undefined]) {
      most = 0
      await crossValidate(new Slow(), x, y, { cv: 8, concurrency })
      expect(most).toBe(concurrency ?? Math.min(native().info().cores + 1, 8))
    }
  })
})

describe('crossValPredict', () => {
  it('predicts every row by a clone that was fitted without it', async () => {
    const cv = [...new KFold({ nSplits: 3, shuffle: true, seed: 2 }).split(x)]
    const { estimators } = await crossValidate(classifier, x, y, { cv, returnEstimators: true })
    const predicted: string[] = await crossValPredict(classifier, x, y, { cv })
    const proba: Matrix = await crossValPredict(classifier, x, y, { cv, method: 'predictProba' })
    for (const [k, { test }] of cv.entries()) {
      for (const row of test) expect(predicted[row]).toBe(estimators![k]!.predictSync(x.row(row)))
      const part = await estimators![k]!.predictProba(Matrix.from([...test].map((row) => x.row(row))))
      for (const [i, row] of test.entries()) expect(proba.row(row)).toEqual(part.row(i))
    }
    const numbers: Float64Array = await crossValPredict(new SGDRegressor({ seed: 1 }), x, heights)
    expect(metrics.r2(heights, numbers)).toBeGreaterThan(0.8)
  })

  it.each([
    [{ cv: [{ train: [0, 1], test: [2] }] }, /test every row once, but row 0 is tested never/],
    [{ cv: new modelSelection.RepeatedKFold({ nSplits: 2, nRepeats: 2 }) }, /row 0 is tested more than once/],
    [{ method: 'transform' }, /one of predict, predictProba.*for method, but got "transform"/],
    [{ scoring: 'accuracy' }, /Unknown option "scoring" for crossValPredict/],
  ])('rejects the options %j', async (options, message) => {
    await expect(crossValPredict(classifier, x, y, options as never)).rejects.toThrow(message)
  })

  it('rejects predictProba where splits train with different classes', async () => {
    const labels = y.map((label, row) => (row < 2 ? 'rare' : label))
    const run = crossValPredict(classifier, x, labels, { cv: new KFold({ nSplits: 2 }), method: 'predictProba' })
    await expect(run).rejects.toThrow(
      /all classes in the training rows of every split for predictProba, but those of split 1 differ/,
    )
  })
})

describe('arguments of crossValidate', () => {
  it.each([
    [{ cv: 1 }, /integer of at least 2 for cv, but got 1/],
    [{ cv: 61 }, /at most 60, the number of rows for nSplits, but got 61/],
    [{ cv: 'five' }, /array of \{ train, test \} for cv, but got "five"/],
    [{ cv: {} }, /integer of at least 2, a splitter, or an array of \{ train, test \} for cv/],
    [{ cv: [] }, /at least one split for cv/],
    [{ cv: [{ train: [0] }] }, /row numbers for test of split 0/],
    [{ cv: [{ train: [0], test: [] }] }, /at least one row for test of split 0/],
    [{ cv: [{ train: [60], test: [1] }] }, /from 0 to 59 for train of split 0, but got 60/],
    [{ cv: [{ train: [0], test: [1] }], groups: [1] }, /60 rows for groups \(as x has\), but got 1/],
    [{ cv: 2, groups: [1] }, /60 rows for groups \(as x has\), but got 1/],
    [{ cv: new GroupKFold() }, /for groups \(as GroupKFold needs them\), but got undefined/],
    [{ cv: new StratifiedKFold({ nSplits: 31 }) }, /class of at least nSplits rows.*more than 30/],
    [{ scoring: 'acuracy' }, /one of accuracy.*for scoring.*Did you mean accuracy/],
    [{ scoring: 3 }, /name of a score, or a function/],
    [{ scoring: () => 'good' }, /a number for the result of scoring, but got "good"/],
    [{ errorScore: 'nan' }, /'raise' for errorScore, but got "nan"/],
    [{ concurrency: 0 }, /from 1 to 256 for concurrency, but got 0/],
    [{ seed: -1 }, /for seed, but got -1/],
    [{ signal: {} }, /an AbortSignal for signal/],
    [{ timeLimit: -1 }, /above 0 for timeLimit, but got -1/],
    [{ onProgress: 1 }, /a function for onProgress/],
    [{ returnTrainScore: 1 }, /true or false for returnTrainScore/],
    [{ returnEstimators: 1 }, /true or false for returnEstimators/],
    [{ sampleWeight: [1] }, /60 rows for sampleWeight \(as x has\), but got 1/],
    [{ folds: 5 }, /Unknown option "folds"/],
  ])('rejects the options %j', async (options, message) => {
    const run = crossValidate(classifier, x, y, options as never)
    await expect(run).rejects.toThrow(ArgumentError)
    await expect(run).rejects.toThrow(message)
  })

  it('rejects an object that is no estimator, and a wrong number of labels', async () => {
    await expect(crossValidate({} as never, x, y)).rejects.toThrow(/an estimator, or a pipeline with one/)
    await expect(crossValidate(classifier, x, ['a'])).rejects.toThrow(/60 rows for y \(as x has\), but got 1/)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  ArgumentError,
  CalibratedClassifier,
  FixedThresholdClassifier,
  FormatError,
  load,
  MLPClassifier,
  metrics,
  modelSelection,
  Pipeline,
  pipeline,
  preprocessing,
  SGDClassifier,
  TunedThresholdClassifier,
} from '../../../lib/index.js'
import { changed, three, two, x } from './holders.js'

const { StandardScaler } = preprocessing
const logistic = () => new SGDClassifier({ loss: 'logLoss', seed: 1, maxIter: 20, tol: null })
const sums = () => new SGDClassifier({ seed: 1, maxIter: 20, tol: null })

describe('FixedThresholdClassifier', () => {
  it('compares the score of the positive label with its threshold', async () => {
    for (const [estimator, method, auto] of [
      [logistic(), 'predictProba', 0.5],
      [sums(), 'decisionFunction', 0],
    ] as const) {
      for (const posLabel of ['yes', 'no'] as const) {
        const model = new FixedThresholdClassifier({ estimator, posLabel })
        await model.fit(x, two)
        const all = (await model[method](x)).toArray()
        const score = (row: number[]) => {
          if (row.length > 1) return row[posLabel === 'yes' ? 1 : 0]!
          return posLabel === 'yes' ? row[0]! : -row[0]!
        }
        for (const threshold of ['auto', 0.3, -0.1] as const) {
          model.setParams({ threshold })
          const other = posLabel === 'yes' ? 'no' : 'yes'
          const bound = threshold === 'auto' ? auto : threshold
          expect(await model.predict(x)).toEqual(all.map((row) => (score(row) >= bound ? posLabel : other)))
          expect(model.predictSync(x)).toEqual(await model.predict(x))
          expect(model.predictSync(x[2]!)).toBe((await model.predict(x))[2])
        }
      }
    }
  })

  it('has the probabilities, and the weighted sums, of what it holds', async () => {
    const model = await new FixedThresholdClassifier({ estimator: logistic(), threshold: 0.9 }).fit(x, two)
    expect(await model.predictProba(x)).toEqual(await model.estimator.predictProba(x))
    expect(model.predictProbaSync(x[0]!)).toEqual(model.estimator.predictProbaSync(x[0]!))
    expect(model.decisionFunctionSync(x)).toEqual(await model.decisionFunction(x))
    const network = new FixedThresholdClassifier({ estimator: new MLPClassifier({ solver: 'lbfgs', seed: 1 }) })
    await network.fit(x, two)
    await expect(network.decisionFunction(x)).rejects.toThrow(/with decisionFunction/)
    // rocAuc takes the probabilities of a network inside: it has no weighted sums.
    const scored = await modelSelection.crossValidate(network, x, two, { scoring: 'rocAuc', cv: 3 })
    expect(scored.mean).toBeGreaterThan(0.5)
  })

  it('is a step, holds pipelines, and has its file', async () => {
    const estimator = pipeline([new StandardScaler(), logistic()])
    const outer = pipeline([['cut', new FixedThresholdClassifier({ estimator, threshold: 0.8, posLabel: 'no' })]])
    await outer.fit(x, two)
    const again = await Pipeline.load(outer.toBytes())
    expect(again.predictSync(x as never)).toEqual(outer.predictSync(x))
    const inner = (await load((outer.namedSteps.cut as FixedThresholdClassifier).toBytes())) as FixedThresholdClassifier
    expect(inner.getParams()).toMatchObject({
      threshold: 0.8,
      posLabel: 'no',
      'estimator.sgdclassifier.loss': 'logLoss',
    })
    const bytes = inner.toBytes()
    for (const change of [
      { classes: ['a', 'b', 'c'] },
      { params: { threshold: 'x', posLabel: null, responseMethod: 'auto' } },
    ])
      await expect(FixedThresholdClassifier.load(changed(bytes, () => change))).rejects.toThrow(FormatError)
  })

  it('refuses more than two classes, and labels that are none', async () => {
    await expect(new FixedThresholdClassifier({ estimator: logistic() }).fit(x, three)).rejects.toThrow(/two classes/)
    const other = new FixedThresholdClassifier({ estimator: logistic(), posLabel: 'maybe' })
    await expect(other.fit(x, two)).rejects.toThrow(/one of the labels "no", "yes" for posLabel/)
    const none = new FixedThresholdClassifier({ estimator: sums(), responseMethod: 'predictProba' })
    await expect(none.fit(x, two)).rejects.toThrow(/with predictProba/)
  })
})

describe('TunedThresholdClassifier', () => {
  it('finds the threshold with the best mean of the splits', async () => {
    const model = new TunedThresholdClassifier({ estimator: logistic(), scoring: 'f1', posLabel: 'yes', cv: 4 })
    await model.fit(x, two)
    const { thresholds, scores } = model.cvResults
    expect(thresholds).toHaveLength(100)
    expect(model.bestScore).toBe(Math.max(...scores))
    expect(model.bestThreshold).toBe(thresholds[scores.indexOf(model.bestScore)])
    // On the rows of training it is no worse than the threshold of one half.
    const f1 = async (predicted: Promise<string[]>) => metrics.f1(two, await predicted, { posLabel: 'yes' })
    expect(await f1(model.predict(x) as Promise<string[]>)).toBeGreaterThanOrEqual(
      await f1(model.estimator.predict(x) as Promise<string[]>),
    )
    const again = (await load(model.toBytes())) as TunedThresholdClassifier
    expect(again.cvResults).toEqual(model.cvResults)
    expect(again.bestScore).toBe(model.bestScore)
    expect(await again.predict(x)).toEqual(await model.predict(x))
  })

  it('decides with the parameters of fit until the next fit', async () => {
    const model = new TunedThresholdClassifier({ estimator: logistic(), scoring: 'f1', posLabel: 'yes', cv: 3 })
    await model.fit(x, two)
    const before = await model.predict(x)
    model.setParams({ posLabel: 'no', responseMethod: 'decisionFunction' })
    expect(await model.predict(x)).toEqual(before)
    expect(await ((await load(model.toBytes())) as TunedThresholdClassifier).predict(x)).toEqual(before)
  })

  it('maximizes a function, such as the negated costs, at given thresholds', async () => {
    // A missed yes costs as much as ten false ones.
    const costs = (truth: readonly unknown[], predicted: readonly unknown[]) =>
      -truth.reduce<number>((sum, label, i) => sum + (label === predicted[i] ? 0 : label === 'yes' ? 10 : 1), 0)
    const estimator = logistic()
    const model = new TunedThresholdClassifier({ estimator, scoring: costs, thresholds: [0.9, 0.1, 0.5], cv: 3 })
    await model.fit(x, two)
    expect(Array.from(model.cvResults.thresholds)).toEqual([0.1, 0.5, 0.9])
    expect(model.bestThreshold).toBe(0.1)
    const again = await TunedThresholdClassifier.load(model.toBytes())
    expect(again.getParams()).toMatchObject({ scoring: null, thresholds: [0.1, 0.5, 0.9] })
    await expect(again.fit(x, two)).rejects.toThrow(/setParams\(\{ scoring \}\)/)
    const wrong = new TunedThresholdClassifier({ estimator, scoring: () => Number.NaN })
    await expect(wrong.fit(x, two)).rejects.toThrow(/finite number for the value of scoring/)
  })

  it('takes a share of rows as a single split, with or without another fit', async () => {
    const make = (refit: boolean) =>
      new TunedThresholdClassifier({ estimator: logistic(), cv: 0.3, refit, seed: 3 }).fit(x, two)
    const [refitted, kept, same] = [await make(true), await make(false), await make(false)]
    expect(kept.bestThreshold).toBe(refitted.bestThreshold)
    expect(same.bestThreshold).toBe(kept.bestThreshold)
    expect(await kept.predictProba(x)).not.toEqual(await refitted.predictProba(x))
    expect((await TunedThresholdClassifier.load(kept.toBytes())).getParams()).toMatchObject({ cv: 0.3, refit: false })
    const several = new TunedThresholdClassifier({ estimator: logistic(), refit: false })
    await expect(several.fit(x, two)).rejects.toThrow(/true for several splits for refit/)
  })

  it('tunes the threshold of calibrated probabilities at the end of a pipeline, in a search', async () => {
    const calibrated = new CalibratedClassifier({ estimator: sums(), cv: 3 })
    const model = pipeline([
      new StandardScaler(),
      ['tuned', new TunedThresholdClassifier({ estimator: calibrated, cv: 3 })],
    ])
    const params = { 'tuned.estimator.estimator.alpha': [1e-4, 0.1], 'tuned.scoring': ['accuracy', 'balancedAccuracy'] }
    const search = await new modelSelection.GridSearch({ estimator: model, params, cv: 3, seed: 1 }).fit(x, two)
    expect(search.results).toHaveLength(4)
    const best = search.bestEstimator as typeof model
    const again = (await load(best.toBytes())) as typeof model
    expect(await again.predict(x)).toEqual(await best.predict(x))
    expect(again.predictSync(x[3]!)).toBe((await best.predict(x))[3])
  })

  it('refuses predictions that are all the same, three classes and wrong options', async () => {
    const constant = x.map(() => [1, 1])
    await expect(new TunedThresholdClassifier({ estimator: logistic() }).fit(constant, two)).rejects.toThrow(
      /predictions that differ/,
    )
    await expect(new TunedThresholdClassifier({ estimator: logistic() }).fit(x, three)).rejects.toThrow(/two classes/)
    for (const options of [{ thresholds: 1 }, { thresholds: [] }, { scoring: 'rocAuc' }, { cv: 0 }, { cv: 1.5 }])
      expect(() => new TunedThresholdClassifier({ estimator: logistic(), ...(options as object) })).toThrow(
        ArgumentError,
      )
    const bytes = (await new TunedThresholdClassifier({ estimator: logistic() }).fit(x, two)).toBytes()
    for (const change of [{ best: { threshold: null, score: 1 } }, { curve: { thresholds: [1], scores: [] } }])
      await expect(TunedThresholdClassifier.load(changed(bytes, () => change))).rejects.toThrow(FormatError)
  })
})

it('has the tables of parameters that docs/calibration.md shows', () => {
  const text = readFileSync(new URL('../../../docs/calibration.md', import.meta.url), 'utf8')
  const all = { ...FixedThresholdClassifier.parameters, ...TunedThresholdClassifier.parameters }
  for (const [name, { takes, description }] of Object.entries(all))
    expect(text).toContain(`| \`${name}\` | ${takes} | ${description} |`)
})

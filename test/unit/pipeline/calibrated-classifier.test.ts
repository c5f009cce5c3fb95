import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  ArgumentError,
  CalibratedClassifier,
  FormatError,
  load,
  MLPClassifier,
  MLPRegressor,
  modelSelection,
  NetworkClassifier,
  Perceptron,
  Pipeline,
  pipeline,
  preprocessing,
  SGDClassifier,
} from '../../../lib/index.js'
import { changed, three, two, weights, x } from './holders.js'

const { StandardScaler } = preprocessing
const folder = mkdtempSync(join(tmpdir(), 'perceptra-calibrated-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const linear = () => new SGDClassifier({ seed: 1, maxIter: 20, tol: null })
const network = () => new MLPClassifier({ hiddenLayerSizes: [5], solver: 'lbfgs', maxIter: 30, seed: 1 })
const methods = ['sigmoid', 'isotonic', 'temperature'] as const

describe('CalibratedClassifier of a fitted classifier', () => {
  const [train, test] = [x.slice(0, 60), x.slice(60)]
  const fitted = async () => pipeline([new StandardScaler(), linear()]).fit(train, three.slice(0, 60))
  const y = three.slice(60)

  it('learns a calibration alone, and keeps the classifier in clones and files', async () => {
    const estimator = await fitted()
    const before = await estimator.decisionFunction(test)
    const model = new CalibratedClassifier({ estimator, method: 'temperature', cv: 'prefit' })
    await model.fit(test, y)
    expect(await estimator.decisionFunction(test)).toEqual(before)
    expect(model.calibratedClassifiers[0]!.estimator).toBe(estimator)
    const expected = await model.predictProba(test)
    const again = await CalibratedClassifier.load(model.toBytes())
    expect(again.getParams()).toMatchObject({ cv: 'prefit', method: 'temperature' })
    for (const other of [model.clone(), again]) {
      expect(await (await other.fit(test, y)).predictProba(test)).toEqual(expected)
    }
  })

  it('leaves the classifier as it is in clones, searches and validations', async () => {
    const estimator = await new SGDClassifier({ maxIter: 20, tol: null }).fit(train, three.slice(0, 60))
    const before = estimator.getParams()
    const model = new CalibratedClassifier({ estimator, cv: 'prefit' })
    expect(Object.keys(model.getParams())).toEqual(['estimator', 'method', 'cv', 'ensemble', 'seed'])
    for (const one of [model, model.clone()]) {
      expect(() => one.setParams({ 'estimator.alpha': 5 })).toThrow('fitted already')
      expect(() => one.setParams({ cv: 'prefit', 'estimator.alpha': 5 })).toThrow(ArgumentError)
    }
    await modelSelection.crossValidate(model, x, three, { cv: 2, seed: 3 })
    const params = { 'estimator.alpha': [0.1, 1] }
    expect(() => new modelSelection.GridSearch({ estimator: model, params, cv: 2 })).toThrow(ArgumentError)
    const folds = model.clone().setParams({ cv: 3, 'estimator.alpha': 5 })
    expect(folds.getParams()).toMatchObject({ cv: 3, 'estimator.alpha': 5 })
    expect(model.clone().setParams({ method: 'isotonic' }).getParams().estimator).toBe(estimator)
    expect(estimator.getParams()).toEqual(before)
  })

  it('reads no file with several classifiers', async () => {
    const model = await new CalibratedClassifier({ estimator: linear(), cv: 2 }).fit(x, three)
    const bytes = changed(model.toBytes(), ({ params }) => ({
      params: { ...(params as unknown as object), cv: 'prefit' },
    }))
    await expect(CalibratedClassifier.load(bytes)).rejects.toThrow(FormatError)
  })

  it('refuses a classifier that is not fitted, or of other classes, and the option groups warns', async () => {
    const unfitted = new CalibratedClassifier({ estimator: linear(), cv: 'prefit' })
    await expect(unfitted.fit(test, y)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
    const model = new CalibratedClassifier({ estimator: await fitted(), cv: 'prefit' })
    await expect(model.fit(test, two.slice(60))).rejects.toThrow('the classes of estimator')
    expect(model.isFitted).toBe(false)
    await expect(model.fit(test, y, { groups: [1] })).rejects.toThrow(ArgumentError)
    expect(() => new CalibratedClassifier({ estimator: linear(), cv: 'pre' as 'prefit' })).toThrow(
      "'prefit' for a fitted",
    )
  })
})

describe('CalibratedClassifier', () => {
  it.each(methods.flatMap((method) => [true, false].map((ensemble) => [method, ensemble] as const)))(
    'has the same probabilities on the spot, by row and from its file: %s, ensemble %s',
    async (method, ensemble) => {
      for (const estimator of [linear(), network(), new Perceptron({ seed: 1 })]) {
        const model = new CalibratedClassifier({ estimator, method, ensemble, cv: 3 })
        await model.fit(x, three, { sampleWeight: weights })
        expect(model.classes).toEqual(['low', 'mid', 'top'])
        expect(model.calibratedClassifiers).toHaveLength(ensemble ? 3 : 1)
        const probabilities = await model.predictProba(x)
        for (const row of probabilities.toArray()) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
        const labels = await model.predict(x)
        for (const [i, label] of labels.entries()) {
          const row = probabilities.row(i)
          expect(row[model.classes.indexOf(label as 'low')]).toBe(Math.max(...row))
        }
        expect(model.predictProbaSync(x).toArray()).toEqual(
          probabilities.toArray().map((row) => row.map((p) => expect.closeTo(p, 5))),
        )
        expect(model.predictSync(x[4]!)).toBe(labels[4])
        expect(model.predictProbaSync(x[4]!)).toHaveLength(3)
        expect(await model.score(x, three)).toBeGreaterThan(0.5)
        const path = join(folder, 'calibrated.safetensors')
        await model.save(path)
        const again = (await load(path)) as CalibratedClassifier
        expect(again).toBeInstanceOf(CalibratedClassifier)
        expect(await again.predictProba(x)).toEqual(probabilities)
        expect(again.getParams()).toMatchObject({ method, ensemble, cv: 3 })
      }
    },
  )

  it('corrects probabilities that are too sure', async () => {
    const sure = new MLPClassifier({ hiddenLayerSizes: [30], solver: 'lbfgs', maxIter: 300, alpha: 0, seed: 1 })
    const options = {
      scoring: 'negLogLoss',
      cv: new modelSelection.StratifiedKFold({ shuffle: true, seed: 1 }),
    } as const
    // Labels at random, by a probability that the rows decide.
    const noisy = x.map(([a], i) => ((Math.sin(i * 12.9898) * 43758.5453) % 1 < 0.6 * a! ? 'yes' : 'no'))
    const before = await modelSelection.crossValidate(sure, x, noisy, options)
    for (const method of methods.filter((method) => method !== 'isotonic')) {
      const calibrated = new CalibratedClassifier({ estimator: sure, method, seed: 1 })
      const after = await modelSelection.crossValidate(calibrated, x, noisy, options)
      expect(after.mean).toBeGreaterThan(before.mean + 0.2)
    }
  })

  it('is the last step of a pipeline and holds one, in one file, with rows by name', async () => {
    const rows = x.map(([a, b]) => ({ a: a!, b: b! }))
    const inner = new CalibratedClassifier({ estimator: pipeline([new StandardScaler(), linear()]), cv: 3 })
    await inner.fit(rows, two)
    const again = await CalibratedClassifier.load(inner.toBytes())
    expect(again.predictSync({ b: 0.1, a: 0.9 })).toBe(inner.predictSync({ a: 0.9, b: 0.1 }))
    expect(() => again.predictSync({ a: 1, c: 1 })).toThrow(/column/)
    const outer = pipeline([new StandardScaler(), ['calibrated', inner]])
    await outer.fit(rows, two)
    const reopened = await Pipeline.load<typeof inner>(outer.toBytes())
    expect(await reopened.predictProba(rows)).toEqual(await outer.predictProba(rows))
    expect(reopened.predictSync(rows[7]!)).toBe((await outer.predict(rows))[7])
  })

  it('is searched with nested parameters, scored by its own probabilities, and trains alike from a seed', async () => {
    const estimator = pipeline([new StandardScaler(), new MLPClassifier({ hiddenLayerSizes: [4], maxIter: 20 })])
    const outer = pipeline([['calibrated', new CalibratedClassifier({ estimator, cv: 3 })]])
    const params = {
      'calibrated.method': ['sigmoid', 'temperature'],
      'calibrated.estimator.mlpclassifier.alpha': [1e-4, 1],
    }
    const run = async () =>
      new modelSelection.GridSearch({ estimator: outer, params, cv: 3, seed: 1, scoring: 'rocAuc' }).fit(x, two)
    const [first, second] = [await run(), await run()]
    expect(first.results.map(({ mean }) => mean)).toEqual(second.results.map(({ mean }) => mean))
    expect(first.bestParams).toHaveProperty(['calibrated.estimator.mlpclassifier.alpha'])
    const make = () => new CalibratedClassifier({ estimator, cv: 3, seed: 5 })
    const [one, other] = [await make().fit(x, two), await make().fit(x, two, { concurrency: 1 })]
    expect(await other.predictProba(x)).toEqual(await one.predictProba(x))
  })

  it('is scored by its probabilities, not by the weighted sums of what it holds', async () => {
    const model = await new CalibratedClassifier({ estimator: linear(), method: 'isotonic', cv: 3 }).fit(x, two)
    const scored = await modelSelection.crossValidate(pipeline([model]), x, two, {
      scoring: ['rocAuc', 'negBrier'],
      cv: 3,
    })
    expect(scored.mean.rocAuc).toBeGreaterThan(0.5)
    expect('decisionFunction' in model).toBe(false)
  })

  it('changes nothing when a fit fails or is aborted, and shares a time limit among its fits', async () => {
    const model = await new CalibratedClassifier({ estimator: linear(), cv: 3 }).fit(x, two)
    const before = await model.predictProba(x)
    await expect(model.fit(x, [...two.slice(1), 'other'])).rejects.toThrow(
      /at least 3 rows of each class for cv 3, but "other" has 1/,
    )
    await expect(model.fit(x, two, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    const controller = new AbortController()
    const long = new CalibratedClassifier({ estimator: new NetworkClassifier({ epochs: 1e6 }), cv: 3 })
    const running = long.fit(x, two, { signal: controller.signal })
    setTimeout(() => controller.abort(), 30)
    await expect(running).rejects.toThrow(/abort/)
    expect(long.isFitted).toBe(false)
    const limited = new CalibratedClassifier({ estimator: new NetworkClassifier({ epochs: 1e6, seed: 1 }), cv: 3 })
    await limited.fit(x, two, { timeLimit: 0.3 })
    expect(limited.calibratedClassifiers.map(({ estimator }) => estimator.stopReason)).toEqual(
      Array(3).fill('timeLimit'),
    )
    expect(await model.predictProba(x)).toEqual(before)
    const busy = model.fit(x, two)
    await expect(model.fit(x, two)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    await busy
  })

  it('takes splitters, splits and groups, and says which split lacks a class', async () => {
    const groups = x.map((_, i) => i % 6)
    const cv = new modelSelection.GroupKFold({ nSplits: 3 })
    const model = await new CalibratedClassifier({ estimator: linear(), cv }).fit(x, two, { groups })
    expect(model.calibratedClassifiers).toHaveLength(3)
    const rows = [...x.keys()]
    const yes = rows.filter((i) => two[i] === 'yes')
    const lacking = [{ train: yes, test: rows.filter((i) => two[i] === 'no') }]
    await expect(new CalibratedClassifier({ estimator: linear(), cv: lacking }).fit(x, two)).rejects.toThrow(
      /in every split, but split 0 has none of "no"/,
    )
    const partial = new CalibratedClassifier({
      estimator: linear(),
      cv: [{ train: rows, test: rows.slice(1) }],
      ensemble: false,
    })
    await expect(partial.fit(x, two)).rejects.toThrow(/row 0 is tested never/)
    // A file holds cv only if it is a number.
    const again = await CalibratedClassifier.load(model.toBytes())
    await expect(again.fit(x, two, { groups })).rejects.toThrow(/setParams\(\{ cv \}\)/)
    again.setParams({ cv: 2 })
    expect((await again.fit(x, two)).calibratedClassifiers).toHaveLength(2)
  })

  it('refuses what it cannot hold, and rows of several labels', async () => {
    const refused: [object, RegExp][] = [
      [{}, /Expected a classifier.* for estimator/],
      [{ estimator: new MLPRegressor() }, /Expected a classifier/],
      [{ estimator: pipeline([new StandardScaler()]) }, /Expected a classifier/],
      [{ estimator: linear(), method: 'platt' }, /sigmoid/],
      [{ estimator: linear(), cv: 1 }, /for cv/],
      [{ estimator: linear(), cv: 'five' }, /for cv/],
      [{ estimator: linear(), ensamble: true }, /ensemble/],
    ]
    for (const [options, message] of refused) {
      const attempt = () => new CalibratedClassifier(options as { estimator: SGDClassifier })
      expect(attempt, String(message)).toThrow(ArgumentError)
      expect(attempt).toThrow(message)
    }
    const model = new CalibratedClassifier({ estimator: network() })
    await expect(model.fit(x, x.map(() => [0, 1]) as never)).rejects.toThrow(/one label a row/)
    await expect(
      model.fit(
        x,
        x.map(([a]) => a!),
      ),
    ).rejects.toThrow(/label of a class/)
    await expect(model.fit(x, two, { epochs: 3 } as object)).rejects.toThrow(/epochs/)
    expect(() => model.predictSync(x[0]!)).toThrow(/call fit/)
  })

  it('refuses files with other content', async () => {
    const bytes = (await new CalibratedClassifier({ estimator: linear(), cv: 2 }).fit(x, two)).toBytes()
    await expect(CalibratedClassifier.load(changed(bytes, () => ({})))).resolves.toBeInstanceOf(CalibratedClassifier)
    const broken: ((json: Record<string, never[]>) => object)[] = [
      () => ({ members: [] }),
      ({ members }) => ({ members: members!.slice(1) }),
      () => ({ classes: ['no', 'maybe'] }),
      () => ({ classes: ['no'] }),
      ({ members }) => ({ members: members!.map((member) => ({ ...(member as object), calibration: { kind: 'x' } })) }),
      ({ params }) => ({ params: { ...params, method: 'magic' } }),
    ]
    for (const change of broken)
      await expect(CalibratedClassifier.load(changed(bytes, change as never))).rejects.toThrow(FormatError)
  })
})

it('has the table of parameters that docs/calibration.md shows', () => {
  const text = readFileSync(new URL('../../../docs/calibration.md', import.meta.url), 'utf8')
  for (const [name, { takes, description }] of Object.entries(CalibratedClassifier.parameters))
    expect(text).toContain(`| \`${name}\` | ${takes} | ${description} |`)
})

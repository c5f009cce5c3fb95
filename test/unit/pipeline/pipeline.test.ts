import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import {
  ArgumentError,
  FormatError,
  type Loaded,
  load,
  type Matrix,
  MLPClassifier,
  MLPRegressor,
  MlpError,
  Perceptron,
  Pipeline,
  pipeline,
  preprocessing,
  SGDClassifier,
  Table,
  transformerFromJSON,
} from '../../../lib/index.js'
import { toDoubles } from '../../../lib/preprocessing/float64.js'

const { StandardScaler, SimpleImputer, OneHotEncoder, MinMaxScaler, ColumnTransformer, TargetEncoder } = preprocessing
const folder = mkdtempSync(join(tmpdir(), 'perceptra-pipeline-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'model.safetensors')

/** Columns far from 0 and of different sizes, which a network needs scaled. */
const x = Array.from({ length: 40 }, (_, i) => [1000 + (i % 8), 0.001 * Math.floor(i / 8)])
const y = x.map(([a, b]) => (a! - 1003.5 + 1000 * b! - 2 > 0 ? 'up' : 'down'))
const classifier = () => new MLPClassifier({ hiddenLayerSizes: [4], solver: 'lbfgs', seed: 1, maxIter: 50 })
const make = () => pipeline([new StandardScaler(), classifier()])

const people = [
  { age: 20, job: 'cook', city: 'A' },
  { age: null, job: 'clerk', city: 'B' },
  { age: 40, job: null, city: 'A' },
  { age: 60, job: 'cook', city: 'B' },
]
const columns = () =>
  new ColumnTransformer({
    transformers: [
      ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['age']],
      ['cat', new OneHotEncoder({ handleUnknown: 'ignore' }), ['job', 'city']],
    ],
  })

describe('pipeline', () => {
  it('predicts like its steps in a row', async () => {
    const model = await make().fit(x, y)
    const scaler = new StandardScaler()
    const scaled = await scaler.fitTransform(x)
    const alone = await classifier().fit(scaled, y)
    expect(await model.predict(x)).toEqual(await alone.predict(scaled))
    expect(await model.predictProba(x)).toEqual(await alone.predictProba(scaled))
    expect(await model.score(x, y)).toBe(await alone.score(scaled, y))
    expect(await model.score(x, y)).toBe(1)
    expect(await model.transform(x)).toEqual(scaled)
    expect(model.transformSync(x)).toEqual(scaled)
    expect(model.transformSync(x[3]!)).toEqual(scaled.row(3))
    expect(model.predictSync(x)).toEqual(await model.predict(x))
    const label = model.predictSync(x[0]!)
    expect(label).toBe('down')
    expect(model.predictProbaSync(x)).toEqual(await model.predictProba(x))
    const probabilities: Float32Array = model.predictProbaSync(x[0]!)
    expect(probabilities).toEqual((await model.predictProba(x)).row(0))
    expect(model.classes).toEqual(['down', 'up'])
    expect(model.nFeaturesIn).toBe(2)
    const sgd = await pipeline([new StandardScaler(), new SGDClassifier({ seed: 1 })]).fit(x, y)
    expect((await sgd.decisionFunction(x)).rows).toBe(40)
  })

  it('trains on a Table, predicts for plain objects, and loads from its file', async () => {
    const model = pipeline([columns(), new MLPRegressor({ hiddenLayerSizes: [3], solver: 'lbfgs', seed: 2 })])
    await model.fit(Table.fromRows(people), [1, 2, 3, 4.5])
    await model.save(path)
    const again = await load<Loaded>(path)
    if (!(again instanceof Pipeline)) throw new Error('no pipeline')
    expect(await again.predict(people)).toEqual(await model.predict(people))
    const one = model.predictSync({ age: 30, job: 'pilot', city: 'A' })
    expect(again.predictSync({ age: 30, job: 'pilot', city: 'A' })).toBe(one)
    expect(model.featureNamesOut()).toEqual([
      'num__age',
      'cat__job_clerk',
      'cat__job_cook',
      'cat__job_null',
      'cat__city_A',
      'cat__city_B',
    ])
    expect(again.featureNamesOut()).toEqual(model.featureNamesOut())
    expect(again.getParams()['mlpregressor.hiddenLayerSizes']).toEqual([3])
    const named = await Pipeline.load<MLPRegressor>(model.toBytes())
    const numbers: Float64Array = await named.predict(people)
    expect(numbers).toEqual(await model.predict(people))
    // Saved again, the file is the same.
    expect((await Pipeline.load(named.toBytes())).toBytes()).toEqual(named.toBytes())
    await expect(load(path, { learningRate: 1 })).rejects.toThrow('holds a Pipeline')
  })

  it('takes a Table with an estimator alone', async () => {
    const model = pipeline([new Perceptron({ seed: 1 })])
    await model.fit(Table.from({ a: [-1, 1, -2, 2] }), ['no', 'yes', 'no', 'yes'])
    expect(model.predictSync([3])).toBe('yes')
    expect(model.featureNamesOut()).toEqual(['a'])
    expect(await model.predict([{ a: 5 }, { a: -5 }])).toEqual(['yes', 'no'])
    await expect(model.transform([[1]])).rejects.toThrow('Expected a transformer among the steps')
    await model.save(path)
    expect((await Pipeline.load<Perceptron>(path)).predictSync([-3])).toBe('no')
  })

  it('is a transformer with transformers alone', async () => {
    const rows = [[1], [Number.NaN], [3]]
    const model = pipeline([new SimpleImputer(), new MinMaxScaler()])
    expect((await model.fitTransform(rows)).toArray()).toEqual([[0], [0.5], [1]])
    expect((await (await model.fit(rows)).transform(rows)).toArray()).toEqual([[0], [0.5], [1]])
    const scalers = await pipeline([new StandardScaler(), new MinMaxScaler()]).fit(x)
    const back = (await scalers.inverseTransform(await scalers.transform(x))) as Matrix
    for (const [i, [value]] of x.entries()) expect(back.at(i, 0)).toBeCloseTo(value!, 2)
    const again = transformerFromJSON(JSON.parse(JSON.stringify(scalers)))
    expect(again.transformSync(x)).toEqual(scalers.transformSync(x))
    await scalers.save(path)
    expect((await Pipeline.load(path)).transformSync(x)).toEqual(scalers.transformSync(x))
    await expect(model.inverseTransform([[1]])).rejects.toThrow('Expected addIndicator')
    await expect(model.predict(rows)).rejects.toThrow('Expected an estimator as the last step for predict')
    await expect(model.fit(rows, y, { epochs: 3 } as never)).rejects.toThrow('Unknown option "epochs"')
  })

  it('cross-fits a TargetEncoder to the training rows', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => [`c${i % 3}`])
    const target = rows.map((_, i) => (i * 7) % 5)
    const encoder = () => new TargetEncoder({ shuffle: false, targetType: 'continuous' })
    const sgd = () => new MLPRegressor({ hiddenLayerSizes: [2], solver: 'lbfgs', seed: 1, maxIter: 5 })
    const model = await pipeline([encoder(), sgd()]).fit(rows, target)
    const single = encoder()
    const alone = await sgd().fit(await single.fitTransform(rows, target), target)
    expect(await model.predict(rows)).toEqual(await alone.predict(await single.transform(rows)))
  })

  it('passes options to the estimator, and the signal to transformers', async () => {
    const epochs: number[] = []
    const model = pipeline([new StandardScaler(), new MLPClassifier({ seed: 1, maxIter: 3 })])
    await model.fit(x, y, { onEpochEnd: (epoch) => epochs.push(epoch), sampleWeight: y.map(() => 2) })
    expect(epochs).toEqual([0, 1, 2])
    await expect(model.fit(x, y, { onEpoch: 1 } as never)).rejects.toThrow('Unknown option "onEpoch"')
    const reason = new Error('enough')
    await expect(model.fit(x, y, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(model.transform(x, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await model.score(x, y, { sampleWeight: y.map((_, i) => i) })).toBeGreaterThan(0)
  })

  it('takes new steps and their parameters in one setParams', () => {
    const other = pipeline([['range', new MinMaxScaler({ clip: true })]])
    const model = make()
    model.setParams({ steps: [['range', new MinMaxScaler()]], 'range.clip': true })
    expect(model.getParams()['range.clip']).toBe(true)
    expect(make().setParams(other.getParams()).getParams()).toEqual(other.getParams())
  })

  it('passes the signal of predict, predictProba and score to transformers', async () => {
    const seen: unknown[] = []
    class Watched extends StandardScaler {
      override [toDoubles](rows: unknown, signal?: AbortSignal) {
        seen.push(signal)
        return super[toDoubles](rows, signal)
      }
    }
    const model = await pipeline([new Watched(), classifier()]).fit(x, y)
    const { signal } = new AbortController()
    seen.length = 0
    await model.predict(x, { signal })
    await model.predictProba(x, { signal })
    await model.score(x, y, { signal })
    await model.predict(x)
    expect(seen).toEqual([signal, signal, signal, undefined])
    await expect(model.predict(x, { signal: 1 })).rejects.toThrow('Expected an AbortSignal for signal')
  })

  it('fits clones of its steps, and keeps what it had learned when a fit fails', async () => {
    const scaler = new StandardScaler()
    const clf = classifier()
    const model = pipeline([
      ['scale', scaler],
      ['net', clf],
    ])
    expect(model.namedSteps).toEqual({ scale: scaler, net: clf })
    await model.fit(x, y)
    expect([scaler.isFitted, clf.isFitted]).toEqual([false, false])
    expect((model.namedSteps.scale as StandardScalerType).mean![0]).toBeCloseTo(1003.5)
    const before = await model.predict(x)
    await expect(model.fit(x.slice(1), y)).rejects.toThrow(ArgumentError)
    await expect(model.fit([['a']], y)).rejects.toThrow(ArgumentError)
    expect(await model.predict(x)).toEqual(before)
    const first = model.fit(x, y)
    await expect(model.fit(x, y)).rejects.toThrow(expect.objectContaining({ code: 'ERR_BUSY' }))
    await first
  })

  it('gets and sets parameters of steps by name', async () => {
    const model = make()
    expect(model.getParams()['standardscaler.withMean']).toBe(true)
    expect(model.getParams()['mlpclassifier.alpha']).toBe(1e-4)
    model.setParams({ 'standardscaler.withMean': false, 'mlpclassifier.alpha': 0.1 })
    const clone = model.clone()
    expect(clone.getParams()['mlpclassifier.alpha']).toBe(0.1)
    clone.setParams({ standardscaler: new MinMaxScaler(), 'mlpclassifier.alpha': 1 })
    expect(clone.getParams().standardscaler).toBeInstanceOf(MinMaxScaler)
    expect(model.getParams()['mlpclassifier.alpha']).toBe(0.1)
    expect(model.getParams()['standardscaler.withMean']).toBe(false)
    const deep = pipeline([columns(), classifier()])
    deep.setParams({ 'columntransformer.num.simpleimputer.strategy': 'median' })
    expect(deep.getParams()['columntransformer.num.simpleimputer.strategy']).toBe('median')
    expect(() => model.setParams({ 'standardscaller.withMean': true })).toThrow('Did you mean standardscaler?')
    expect(() => model.setParams({ 'standardscaler.withMeen': true })).toThrow('Did you mean withMean?')
    expect(() => model.setParams({ scaler: 1 })).toThrow('Unknown option "scaler"')
    const before = JSON.stringify([model.getParams(), deep.getParams()])
    const scaler = model.getParams().standardscaler
    const wrong = { standardscaler: new MinMaxScaler(), 'standardscaler.clip': true, 'mlpclassifier.alpha': -1 }
    expect(() => model.setParams(wrong)).toThrow('at least 0 for alpha, but got -1')
    const later = { 'columntransformer.num.simpleimputer.strategy': 'mean', 'mlpclassifier.alpha': -1 }
    expect(() => deep.setParams(later)).toThrow('at least 0 for alpha, but got -1')
    expect(JSON.stringify([model.getParams(), deep.getParams()])).toBe(before)
    expect(model.getParams().standardscaler).toBe(scaler)
    const twice = pipeline([new StandardScaler(), new StandardScaler()])
    expect(Object.keys(twice.namedSteps)).toEqual(['standardscaler-1', 'standardscaler-2'])
  })

  it.each<[string, unknown, string]>([
    ['an empty array', [], 'an array of transformers and estimators'],
    ['one step without an array', new StandardScaler(), 'an array of transformers and estimators'],
    ['an object that is no step', [{}], 'Expected a transformer or an estimator for steps[0]'],
    ['an estimator before the last', [new Perceptron(), new StandardScaler()], '"perceptron" is none'],
    ['a name with a dot', [['a.b', new StandardScaler()]], 'a string without a dot'],
    [
      'the name __proto__',
      [['__proto__', new StandardScaler()]],
      "other than 'steps', 'unknownColumns', 'missingColumns' and '__proto__'",
    ],
    ['the name steps', [['steps', new StandardScaler()]], "other than 'steps'"],
    [
      'a name twice',
      [
        ['a', new StandardScaler()],
        ['a', new Perceptron()],
      ],
      'names that differ',
    ],
    ['a pipeline with an estimator', [pipeline([new Perceptron()])], 'Pass its steps instead'],
  ])('rejects %s as steps', (_, steps, message) => {
    expect(() => pipeline(steps as never)).toThrow(ArgumentError)
    expect(() => pipeline(steps as never)).toThrow(message)
  })

  it('throws before fit, and for methods that it or its estimator lacks', async () => {
    const model = make()
    for (const use of [
      () => model.predictSync(x),
      () => model.toBytes(),
      () => model.nFeaturesIn,
      () => model.classes,
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }))
    }
    await expect(model.predict(x)).rejects.toThrow('Could not predict: call fit(x, y) of this Pipeline first.')
    await expect(model.save('')).rejects.toThrow('for path')
    expect(() => Pipeline.fromJSON(model.toJSON())).toThrow(ArgumentError)
    const linear = await pipeline([new StandardScaler(), new Perceptron({ seed: 1 })]).fit(x, y)
    await expect(linear.predictProba(x)).rejects.toThrow('Expected an estimator with predictProba')
  })
})

type StandardScalerType = InstanceType<typeof StandardScaler>

describe('the file of a pipeline', () => {
  it('is rejected with a FormatError if its content is wrong', async () => {
    const bytes = (await make().fit(x, y)).toBytes()
    const { tensors, metadata } = decodeSafetensors(bytes, 'x')
    const json = JSON.parse(metadata.perceptra!) as { steps: Record<string, unknown>[] }
    const write = (change: object, more = tensors) => {
      const text = JSON.stringify({ ...json, ...change })
      writeFileSync(path, encodeSafetensors(more, { perceptra: text }))
    }
    const [scaler, net] = json.steps as [Record<string, unknown>, Record<string, unknown>]
    const unfitted = new StandardScaler().toJSON()
    const bad: [object, string][] = [
      [{ format: 2 }, 'Expected format 1 of kind "Pipeline"'],
      [{ steps: [] }, 'belongs to no step'],
      [{ steps: [net, scaler] }, 'kind'],
      [{ steps: [scaler] }, 'belongs to no step'],
      [{ steps: [{ ...scaler, name: '' }, net] }, 'a non-empty string'],
      [{ steps: [{ ...scaler, code: 1 }, net] }, 'Unknown option "code"'],
      [{ steps: [{ name: 'a', transformer: unfitted }, net] }, 'is not fitted'],
      [{ steps: [scaler, { ...net, name: 'other' }] }, 'coefs.0'],
      [{ steps: [scaler, { name: 'mlpclassifier', estimator: { kind: 'toString' } }] }, 'one of SGDClassifier'],
      [{ more: 1 }, 'Unknown option "more"'],
    ]
    for (const [change, message] of bad) {
      write(change)
      await expect(Pipeline.load(path)).rejects.toThrow(FormatError)
      await expect(Pipeline.load(path)).rejects.toThrow(message)
      await expect(Pipeline.load(path)).rejects.toThrow(path)
    }
    await expect(Pipeline.load(join(folder, 'nowhere'))).rejects.toThrow(ArgumentError)
    await expect(Pipeline.load(7 as never)).rejects.toThrow('a path or bytes')
  })

  it('loads or throws a FormatError when its bytes are changed or cut', async () => {
    const bytes = (await pipeline([columns(), new Perceptron({ seed: 1 })]).fit(people, ['a', 'b', 'a', 'b'])).toBytes()
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: bytes.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (at, value, isCut) => {
          const changed = isCut ? bytes.slice(0, at) : bytes.slice()
          if (!isCut) changed[at] = value
          const read = await Pipeline.load(changed).catch((error: unknown) => error)
          if (!(read instanceof Pipeline)) {
            expect(read).toBeInstanceOf(FormatError)
            return
          }
          const answer = await read.predict(people).catch((error: unknown) => error)
          if (!Array.isArray(answer)) expect(answer).toBeInstanceOf(MlpError)
        },
      ),
      { numRuns: 400 },
    )
  })
})

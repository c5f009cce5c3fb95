import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import {
  ArgumentError,
  FormatError,
  load,
  Matrix,
  MLPClassifier,
  MLPRegressor,
  metrics,
  modelSelection,
  Pipeline,
  pipeline,
  preprocessing,
  SGDRegressor,
  TransformedTargetRegressor,
} from '../../../lib/index.js'

const { StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer, FunctionTransformer, OneHotEncoder } =
  preprocessing
const folder = mkdtempSync(join(tmpdir(), 'perceptra-target-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const x = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(2 * i)])
const prices = x.map(([a, b]) => 250_000 + 100_000 * a! + 30_000 * b! * b!)
const several = x.map(([a, b]) => [1000 + 200 * a!, 5 - b!])
const linear = () => new SGDRegressor({ seed: 1, maxIter: 200 })
const network = () => new MLPRegressor({ hiddenLayerSizes: [6], solver: 'lbfgs', maxIter: 60, seed: 1 })
const make = () => new TransformedTargetRegressor({ regressor: linear(), transformer: new StandardScaler() })
const logarithm = () => new FunctionTransformer({ func: 'log1p' })

const mean = prices.reduce((sum, value) => sum + value, 0) / prices.length
const deviation = Math.sqrt(prices.reduce((sum, value) => sum + (value - mean) ** 2, 0) / prices.length)

describe('TransformedTargetRegressor', () => {
  it('predicts as a regressor of scaled targets, scaled back by hand in float64', async () => {
    const model = await make().fit(x, prices)
    const alone = await linear().fit(
      x,
      prices.map((value) => (value - mean) / deviation),
    )
    const expected = (await alone.predict(x)).map((value) => value * deviation + mean)
    const predicted = await model.predict(x)
    expect(predicted).toBeInstanceOf(Float64Array)
    for (const [i, value] of expected.entries()) expect(predicted[i]! / value).toBeCloseTo(1, 12)
    expect(model.predictSync(x)).toEqual(predicted)
    expect(model.predictSync(x[3]!)).toBeCloseTo(predicted[3]!, 6)
    expect(await model.score(x, prices)).toBeCloseTo(metrics.r2(prices, predicted), 12)
    expect(await model.score(x, prices)).toBeGreaterThan(0.8)
  })

  it('predicts exp(z) - 1 of a regressor that learned log(1 + y)', async () => {
    const model = await new TransformedTargetRegressor({ regressor: linear(), transformer: logarithm() }).fit(x, prices)
    const alone = await linear().fit(x, prices.map(Math.log1p))
    const expected = (await alone.predict(x)).map(Math.expm1)
    for (const [i, value] of (await model.predict(x)).entries()) expect(value / expected[i]!).toBeCloseTo(1, 12)
  })

  it.each([
    new StandardScaler(),
    new MinMaxScaler(),
    new RobustScaler(),
    new QuantileTransformer({ nQuantiles: 20 }),
    logarithm(),
    pipeline([logarithm(), new StandardScaler()]),
    null,
  ])('has the same predictions on the spot, from its file and its bytes, with transformer %#', async (transformer) => {
    const scaled = prices.map((value) => value / 1e5)
    const model = await new TransformedTargetRegressor({ regressor: network(), transformer }).fit(x, scaled)
    const predicted = await model.predict(x)
    expect(model.predictSync(x)).toEqual(predicted)
    expect(model.predictSync(x[7]!)).toBeCloseTo(predicted[7]!, 5)
    expect(await model.score(x, scaled)).toBeGreaterThan(0.9)
    const path = join(folder, 'target.safetensors')
    await model.save(path)
    const again = (await load(path)) as TransformedTargetRegressor
    expect(again).toBeInstanceOf(TransformedTargetRegressor)
    expect(await again.predict(x)).toEqual(predicted)
    const fromBytes = await TransformedTargetRegressor.load<MLPRegressor>(model.toBytes())
    expect(fromBytes.predictSync(x)).toEqual(predicted)
    const third = await TransformedTargetRegressor.load(fromBytes.toBytes())
    expect(await third.predict(x)).toEqual(predicted)
  })

  it('has several outputs, each with its scale', async () => {
    const model = new TransformedTargetRegressor({
      regressor: new MLPRegressor<Matrix>({ hiddenLayerSizes: [6], solver: 'lbfgs', maxIter: 60, seed: 1 }),
      transformer: new StandardScaler(),
    })
    await model.fit(x, several)
    const predicted = await model.predict(x)
    expect(predicted).toBeInstanceOf(Matrix)
    expect([predicted.rows, predicted.cols]).toEqual([40, 2])
    const row = model.predictSync(x[5]!)
    expect(row).toBeInstanceOf(Float32Array)
    expect(row[0]).toBeCloseTo(predicted.at(5, 0), 2)
    expect(row[1]).toBeCloseTo(predicted.at(5, 1), 4)
    expect(await model.score(x, several)).toBeGreaterThan(0.95)
    const again = await TransformedTargetRegressor.load(model.toBytes())
    expect(await again.predict(x)).toEqual(predicted)
    await expect(model.score(x, prices)).rejects.toThrow(/Expected 40 rows of 2 numbers for y/)
  })

  it('is the last step of a pipeline, and holds one, in one file', async () => {
    const outer = pipeline([new StandardScaler(), ['target', make()]])
    await outer.fit(x, prices)
    const predicted = await outer.predict(x)
    const reopened = await Pipeline.load(outer.toBytes())
    expect(await reopened.predict(x as never)).toEqual(predicted)
    expect(await reopened.score(x, prices)).toBeGreaterThan(0.8)
    expect(outer.predictSync(x[2]!)).toBeCloseTo(predicted[2]!, 5)

    const inner = new TransformedTargetRegressor({
      regressor: pipeline([new StandardScaler(), linear()]),
      transformer: new StandardScaler(),
    })
    await inner.fit(x, prices)
    expect(await inner.predict(x)).toEqual(predicted)
    const both = await pipeline([new MinMaxScaler(), inner]).fit(x, prices)
    expect(await (await Pipeline.load(both.toBytes())).predict(x as never)).toEqual(await both.predict(x))
  })

  it('is searched and cross-validated, also as a step of a pipeline', async () => {
    // 60 steps of adam do not reach the scale of the prices.
    const regressor = new MLPRegressor({ hiddenLayerSizes: [6], learningRateInit: 0.01, maxIter: 60, seed: 1 })
    const outer = pipeline([new StandardScaler(), ['target', new TransformedTargetRegressor({ regressor })]])
    const candidates = { 'target.regressor.alpha': [0.1, 1e-4], 'target.transformer': [null, new StandardScaler()] }
    const search = new modelSelection.GridSearch({ estimator: outer, params: candidates, cv: 3, seed: 1 })
    await search.fit(x, prices)
    expect(search.bestParams['target.transformer']).toBeInstanceOf(StandardScaler)
    const { mean: score } = await modelSelection.crossValidate(make(), x, prices, { cv: 3, scoring: 'r2' })
    expect(score).toBeGreaterThan(0.7)
  })

  it('has the parameters of both parts, and changes all of them or none', async () => {
    const model = make()
    expect(model.getParams()).toMatchObject({ 'regressor.maxIter': 200, 'transformer.withMean': true })
    model.setParams({ 'regressor.maxIter': 7, 'transformer.withMean': false })
    expect(model.clone().getParams()).toMatchObject({ 'regressor.maxIter': 7, 'transformer.withMean': false })
    expect(() => model.setParams({ transformer: null, 'regressor.maxIter': -1 })).toThrow(ArgumentError)
    expect(model.getParams()).toMatchObject({ 'regressor.maxIter': 7, 'transformer.withMean': false })
    expect(() => model.setParams({ 'other.maxIter': 1 })).toThrow(ArgumentError)
    await model.fit(x, prices)
    expect(model.clone().isFitted).toBe(false)
    expect(JSON.parse(JSON.stringify(model)).params.regressor.kind).toBe('SGDRegressor')
    // The parts that the caller passed stay as they were: fit trains clones.
    const regressor = linear()
    await new TransformedTargetRegressor({ regressor }).fit(x, prices)
    expect(regressor.isFitted).toBe(false)
  })

  it('passes sample weights, the signal and the time limit on', async () => {
    const sampleWeight = x.map((_, i) => Number(i < 20))
    const weighted = await make().fit(x, prices, { sampleWeight })
    const scaled = prices.map((value) => (value - mean) / deviation)
    const alone = await linear().fit(x, scaled, { sampleWeight })
    expect(weighted.predictSync(x[0]!)).toBeCloseTo(alone.predictSync(x[0]!) * deviation + mean, 4)
    expect(await weighted.score(x, prices, { sampleWeight })).not.toBe(await weighted.score(x, prices))

    const before = weighted.predictSync(x[0]!)
    await expect(weighted.fit(x, prices, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    await expect(weighted.predict(x, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(weighted.predictSync(x[0]!)).toBe(before)

    const endless = new MLPRegressor({ hiddenLayerSizes: [6], maxIter: 1e7, tol: 0, nIterNoChange: 1e7 })
    const limited = new TransformedTargetRegressor({ regressor: endless, transformer: new StandardScaler() })
    await limited.fit(x, prices, { timeLimit: 0.05 })
    expect(limited.regressor.stopReason).toBe('timeLimit')
    expect(limited.transformer).toBeInstanceOf(StandardScaler)
  })

  it('refuses parts that cannot be used', async () => {
    const regressor = linear()
    const refused: [object, RegExp][] = [
      [{}, /Expected a regressor.* for regressor/],
      [{ regressor: new MLPClassifier() }, /Expected a regressor/],
      [{ regressor: pipeline([new StandardScaler()]) }, /Expected a regressor/],
      [{ regressor, transformer: new OneHotEncoder() }, /with inverseTransform and inverseTransformSync/],
      [{ regressor, transformer: make() }, /with inverseTransform/],
      [{ regressor, transformer: pipeline([new StandardScaler(), linear()]) }, /with inverseTransform/],
      [{ regressor, transfomer: new StandardScaler() }, /transformer/],
    ]
    for (const [options, message] of refused) {
      const attempt = () => new TransformedTargetRegressor(options as { regressor: SGDRegressor })
      expect(attempt).toThrow(ArgumentError)
      expect(attempt).toThrow(message)
    }
  })

  it('refuses targets that cannot be transformed, before the training', async () => {
    const withLog = new TransformedTargetRegressor({ regressor: linear(), transformer: logarithm() })
    await expect(withLog.fit(x, prices.with(4, -1))).rejects.toThrow(/row 4 of y, -1, becomes -Infinity/)
    await expect(withLog.fit(x, prices.with(4, Number.NaN))).rejects.toThrow(/finite number for row 4 of y/)
    await expect(withLog.fit(x, [])).rejects.toThrow(/at least one number for y/)
    await expect(withLog.fit(x, prices.slice(1))).rejects.toThrow(ArgumentError)
    const absolute = new FunctionTransformer({ func: 'abs' })
    const withoutInverse = new TransformedTargetRegressor({ regressor: linear(), transformer: absolute })
    await expect(withoutInverse.fit(x, prices)).rejects.toThrow(/abs has none/)
    expect(withoutInverse.isFitted).toBe(false)
    expect(() => withLog.predictSync(x[0]!)).toThrow(/call fit/)
  })

  it('refuses files with other content', async () => {
    const bytes = (await make().fit(x, prices)).toBytes()
    const { tensors, metadata } = decodeSafetensors(bytes, 'the file')
    const json = JSON.parse(metadata.perceptra!) as Record<string, unknown>
    const broken = (changes: object, more: [string, object][] = []) =>
      TransformedTargetRegressor.load(
        encodeSafetensors(new Map([...tensors, ...more] as [string, never][]), {
          perceptra: JSON.stringify({ ...json, ...changes }),
        }),
      )
    await expect(broken({})).resolves.toBeInstanceOf(TransformedTargetRegressor)
    const unfitted = new StandardScaler().toJSON()
    const encoder = (await new OneHotEncoder().fit([['a'], ['b']])).toJSON()
    const classifier = { ...(json.regressor as object), kind: 'Nothing' }
    for (const changes of [
      { outputs: 0 },
      { transformer: unfitted },
      { transformer: encoder },
      { regressor: classifier },
    ])
      await expect(broken(changes)).rejects.toThrow(FormatError)
    await expect(broken({}, [['other.coef', [...tensors.values()][0]!]])).rejects.toThrow(/belongs to nothing/)
  })
})

describe('inverseTransformSync', () => {
  it('undoes a row and a table on the spot, as inverseTransform does', async () => {
    const table = several
    for (const transformer of [
      new StandardScaler(),
      new MinMaxScaler(),
      new RobustScaler(),
      new QuantileTransformer({ nQuantiles: 9 }),
      logarithm(),
      pipeline([logarithm(), new StandardScaler()]),
    ]) {
      await transformer.fit(table)
      const changed = await transformer.transform(table)
      const back = (await transformer.inverseTransform(changed)) as Matrix
      expect(transformer.inverseTransformSync(changed)).toEqual(back)
      expect(transformer.inverseTransformSync(changed.row(3))).toEqual(back.row(3).slice())
      expect(() => transformer.inverseTransformSync([1])).toThrow(ArgumentError)
    }
    expect(() => new StandardScaler().inverseTransformSync([1])).toThrow(/call fit/)
    const encoded = await pipeline([new OneHotEncoder()]).fit([['a'], ['b']])
    expect(() => encoded.inverseTransformSync([1, 0])).toThrow(/a step with inverseTransformSync/)
  })
})

it('has the table of parameters that docs/pipeline.md shows', () => {
  const text = readFileSync(new URL('../../../docs/pipeline.md', import.meta.url), 'utf8')
  for (const [name, { takes, description }] of Object.entries(TransformedTargetRegressor.parameters)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`))
    expect(row?.slice(2, -2).split(' | ').slice(3)).toEqual([takes, description])
  }
})

import { describe, expect, it } from 'vitest'
import {
  Adaline,
  load,
  MLPClassifier,
  MLPRegressor,
  Perceptron,
  pipeline,
  preprocessing,
  SGDClassifier,
  SGDRegressor,
} from '../../../lib/index.js'
import { x } from './data.js'

const labels = x.toArray().map(([a]) => (a! > 0 ? 'yes' : 'no'))
const numbers = x.toArray().map(([a]) => a!)
const mlp = { hiddenLayerSizes: [5], maxIter: 3, seed: 1 }

type Model = MLPClassifier<string> | MLPRegressor | Perceptron<string> | SGDRegressor
/** Every estimator, the targets that it takes, and whether it has partialFit here. */
const cases: [string, () => Model, readonly unknown[], boolean][] = [
  ['MLPClassifier', () => new MLPClassifier<string>(mlp), labels, true],
  [
    'MLPClassifier with early stopping',
    () => new MLPClassifier<string>({ ...mlp, earlyStopping: true }),
    labels,
    false,
  ],
  ['MLPClassifier by lbfgs', () => new MLPClassifier<string>({ ...mlp, solver: 'lbfgs' }), labels, false],
  ['MLPClassifier, warm', () => new MLPClassifier<string>({ ...mlp, warmStart: true }), labels, true],
  ['MLPRegressor', () => new MLPRegressor(mlp), numbers, true],
  ['Perceptron', () => new Perceptron<string>({ seed: 1 }), labels, true],
  ['Adaline', () => new Adaline<string>({ seed: 1 }) as never, labels, true],
  ['SGDClassifier', () => new SGDClassifier<string>({ seed: 1 }) as never, labels, true],
  ['SGDRegressor', () => new SGDRegressor({ seed: 1, warmStart: true }), numbers, true],
]
const bytesOf = (model: Model) => Buffer.from(model.toBytes()).toString('base64')
const never = 1e-9

describe.each(cases)('%s that was fitted', (_, make, y, partial) => {
  const fitted = async () => (await make().fit(x, y as never)) as Model

  it('keeps every bit when a later fit is aborted at once', async () => {
    const model = await fitted()
    const before = bytesOf(model)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(model.fit(x, y as never, { signal })).rejects.toBe(signal.reason)
    if (partial) await expect(model.partialFit(x, y as never, { signal })).rejects.toBe(signal.reason)
    expect(bytesOf(model)).toBe(before)
  })

  it('keeps every bit when a later fit is aborted after an epoch, which could already predict', async () => {
    const model = await fitted()
    const before = bytesOf(model)
    const control = new AbortController()
    let during = before
    const onEpochEnd = () => {
      during = bytesOf(model)
      control.abort(new Error('enough'))
    }
    const run = model.fit(x, y as never, { signal: control.signal, onEpochEnd })
    await expect(run).rejects.toSatisfy((error) => error === control.signal.reason)
    expect(during).not.toBe(before)
    expect(bytesOf(model)).toBe(before)
    if (!partial) return
    const again = new AbortController()
    const partly = model.partialFit(x, y as never, { signal: again.signal, onEpochEnd: () => again.abort() })
    await expect(partly).rejects.toSatisfy((error) => error === again.signal.reason)
    expect(bytesOf(model)).toBe(before)
  })

  it('keeps what it learned when the time limit ends a fit before a whole epoch, and says why', async () => {
    const model = await fitted()
    const { lossCurve, nIter } = model
    const predictions = await model.predict(x)
    await model.fit(x, y as never, { timeLimit: never })
    expect([model.stopReason, model.nIter, model.lossCurve]).toEqual(['timeLimit', nIter, lossCurve])
    expect(await model.predict(x)).toEqual(predictions)
    const again = (await load(model.toBytes())) as unknown as Model
    expect(again.stopReason).toBe('timeLimit')
  })

  it('is not fitted after a first fit that is aborted', async () => {
    const model = make()
    const control = new AbortController()
    const run = model.fit(x, y as never, { signal: control.signal, onEpochEnd: () => control.abort() })
    await expect(run).rejects.toSatisfy((error) => error === control.signal.reason)
    expect(model.isFitted).toBe(false)
    await model.fit(x, y as never)
  })
})

describe('a pipeline that was fitted', () => {
  const make = () => pipeline([new preprocessing.StandardScaler(), new MLPClassifier<string>(mlp)])

  it('keeps what it learned when a later fit is aborted, or ends before a whole epoch', async () => {
    const model = await make().fit(x, labels)
    const before = Buffer.from(model.toBytes())
    const control = new AbortController()
    const run = model.fit(x, labels, { signal: control.signal, onEpochEnd: () => control.abort() })
    await expect(run).rejects.toSatisfy((error) => error === control.signal.reason)
    expect(Buffer.from(model.toBytes()).equals(before)).toBe(true)
    await model.fit(x, labels, { timeLimit: never })
    expect(Buffer.from(model.toBytes()).equals(before)).toBe(true)
    expect(await model.score(x, labels)).toBeGreaterThan(0.4)
    const first = await make().fit(x, labels, { timeLimit: never })
    expect(first.isFitted).toBe(true)
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { Adaline, ArgumentError, Perceptron, SGDClassifier, SGDRegressor } from '../../../lib/index.js'
import { three, two, x, y } from '../estimators/data.js'

afterEach(() => vi.restoreAllMocks())

const estimators = { SGDClassifier, SGDRegressor, Perceptron, Adaline } as const
type Name = keyof typeof estimators
const names = Object.keys(estimators) as Name[]

function make(name: Name, params: object) {
  return new estimators[name](params as never)
}

/** The learned state after fit, as JSON. */
async function fitted(name: Name, params: object, times = 1): Promise<string> {
  const model = make(name, { seed: 3, maxIter: 40, ...params })
  for (let k = 0; k < times; k++) {
    if (model instanceof SGDRegressor) await model.fit(x, y)
    else await model.fit(x, three)
  }
  const coef = model instanceof SGDRegressor ? model.coef : model.coef.data
  return JSON.stringify([[...coef], [...model.intercept], model.nIter, model.t, model.validationScores])
}

/** Another value of each parameter, and the other parameters it needs to have an effect. */
const others: Record<string, { value: unknown; with?: object; times?: number }> = {
  loss: { value: 'huber' },
  penalty: { value: 'l1' },
  alpha: { value: 0.05, with: { penalty: 'l2' } },
  l1Ratio: { value: 0.9, with: { penalty: 'elasticNet', alpha: 0.01 } },
  maxIter: { value: 2 },
  tol: { value: 1 },
  nIterNoChange: { value: 1, with: { tol: 1 } },
  shuffle: { value: false },
  fitIntercept: { value: false },
  warmStart: { value: true, times: 2 },
  earlyStopping: { value: true },
  validationFraction: { value: 0.3, with: { earlyStopping: true } },
  epsilon: { value: 0.5, with: { loss: 'huber' } },
  eta0: { value: 0.5, with: { learningRate: 'constant', penalty: 'l2' } },
  learningRate: { value: 'constant' },
  powerT: { value: 0.9, with: { learningRate: 'invscaling' } },
  average: { value: 30 },
  seed: { value: 4 },
  classWeight: { value: 'balanced' },
  solver: { value: 'batch' },
  batchSize: { value: 7, with: { solver: 'minibatch' } },
}

describe.each(names)('each parameter of %s', (name) => {
  const keys = Object.keys(estimators[name].parameters).filter((key) => key !== 'verbose' && key !== 'nJobs')

  it.each(keys)('%s changes the result of fit', async (key) => {
    const { value, with: context = {}, times = 1 } = others[key]!
    const fits = Object.fromEntries(Object.entries(context).filter(([k]) => k in estimators[name].parameters))
    const changed = name === 'Adaline' && key === 'learningRate' ? 0.3 : value
    const before = await fitted(name, fits, times)
    expect(await fitted(name, fits, times)).toBe(before)
    expect(await fitted(name, { ...fits, [key]: changed }, times)).not.toBe(before)
  })

  it('verbose prints a line for each epoch', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    await fitted(name, { maxIter: 2, verbose: 1 })
    expect(write.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^epoch 1: loss [\d.e-]+\n$/),
      expect.stringMatching(/^epoch 2: loss [\d.e-]+\n$/),
    ])
  })

  it('has a default that its check accepts, and a description of one line', () => {
    for (const [key, parameter] of Object.entries(estimators[name].parameters)) {
      expect(parameter.read(parameter.default, key)).toEqual(parameter.default)
      expect(parameter.description).toMatch(/^[^\n]+\.$/)
      expect(parameter.takes).not.toBe('')
      const { search } = parameter
      if (!search) continue
      const tried = 'choices' in search ? search.choices : [search.low, search.high]
      for (const value of tried) expect(parameter.read(value, key)).toEqual(value)
    }
  })

  it('getParams returns all parameters, and the constructor takes them', () => {
    const params = make(name, {}).getParams()
    expect(Object.keys(params)).toEqual(Object.keys(estimators[name].parameters))
    expect(make(name, params).getParams()).toEqual(params)
  })
})

it('nJobs does not change the result', async () => {
  for (const name of ['SGDClassifier', 'Perceptron', 'Adaline'] as const) {
    const one = await fitted(name, {})
    for (const nJobs of [1, 2, -1, -2]) expect(await fitted(name, { nJobs })).toBe(one)
  }
})

/** Values out of range, and how the message has the range. */
const bad: Record<string, [unknown[], string]> = {
  loss: [['hing', 3], 'one of'],
  penalty: [['l3', true], 'one of'],
  alpha: [[-1, Number.NaN, '1'], 'a finite number of at least 0'],
  l1Ratio: [[-0.1, 1.1, 'x'], 'a finite number from 0 to 1 or null'],
  maxIter: [[0, 1.5, '3'], 'an integer of at least 1'],
  tol: [[-1e-9, Number.POSITIVE_INFINITY], 'a finite number of at least 0 or null'],
  nIterNoChange: [[0, 2.5], 'an integer of at least 1'],
  shuffle: [[1, null], 'true or false'],
  fitIntercept: [['yes'], 'true or false'],
  warmStart: [[0], 'true or false'],
  verbose: [[-1, true], 'an integer of at least 0'],
  earlyStopping: [[1], 'true or false'],
  validationFraction: [[0, 1, 2], 'a finite number above 0 and below 1'],
  epsilon: [[-0.1], 'a finite number of at least 0'],
  eta0: [[0, -1], 'a finite number above 0'],
  learningRate: [['fast'], 'one of constant, optimal, invscaling, adaptive, pa1, pa2'],
  powerT: [[-0.5], 'a finite number of at least 0'],
  average: [[0, 1.5, 'yes'], 'true, false or an integer of at least 1'],
  seed: [[-1, 0.5, 'a'], 'an integer of at least 0'],
  nJobs: [[0, 1.5], 'an integer other than 0, or null'],
  classWeight: [['balance', 3, [1]], "'balanced', an object or Map"],
  solver: [['lbfgs'], 'one of sgd, minibatch, batch'],
  batchSize: [[0, 1.5], 'an integer of at least 1'],
}

describe.each(names)('wrong values for %s', (name) => {
  it.each(Object.keys(estimators[name].parameters))('the constructor rejects wrong values of %s', (key) => {
    const [values, range] = bad[key]!
    const isRate = name === 'Adaline' && key === 'learningRate'
    const model = make(name, {})
    for (const value of isRate ? [0, -1] : values) {
      const expected = isRate ? 'a finite number above 0' : range
      expect(() => make(name, { [key]: value })).toThrow(ArgumentError)
      expect(() => make(name, { [key]: value })).toThrow(key)
      expect(() => make(name, { [key]: value })).toThrow(expected)
      expect(() => make(name, { [key]: value })).toThrow(/but got/)
      expect(() => model.setParams({ [key]: value } as never)).toThrow(ArgumentError)
    }
    expect(model.getParams()).toEqual(make(name, {}).getParams())
  })

  it('the constructor suggests the right name for a misspelt one', () => {
    expect(() => make(name, { maxIer: 3 })).toThrow(`Unknown option "maxIer" for ${name}. Did you mean maxIter?`)
    expect(() => make(name, {}).setParams({ maxIer: 3 } as never)).toThrow(/Did you mean maxIter/)
    expect(() => make(name, null as never)).toThrow(ArgumentError)
  })
})

it('rejects parameters that exclude each other', () => {
  expect(() => new SGDClassifier({ alpha: 0 })).toThrow(/alpha above 0 with learningRate 'optimal'/)
  expect(() => new SGDClassifier({ learningRate: 'pa1', loss: 'logLoss' })).toThrow(/the loss hinge/)
  expect(() => new SGDRegressor({ learningRate: 'pa2' })).toThrow(/the loss epsilonInsensitive/)
  expect(() => new Perceptron({ penalty: 'elasticNet', l1Ratio: null })).toThrow(/l1Ratio/)
  const model = new SGDClassifier({ loss: 'logLoss' })
  expect(() => model.setParams({ learningRate: 'pa1' })).toThrow(ArgumentError)
  expect(model.setParams({ learningRate: 'pa1', loss: 'hinge' }).getParams().learningRate).toBe('pa1')
})

it('keeps a copy of class weights', async () => {
  const classWeight = new Map([[true, 2]])
  const model = new SGDClassifier({ classWeight, seed: 1 })
  classWeight.set(true, -1)
  await model.fit(x, two)
  expect(model.getParams().classWeight).toEqual(new Map([[true, 2]]))
  expect(() => new SGDClassifier({ classWeight: { a: -1 } })).toThrow(/"a" of classWeight/)
  await expect(new SGDClassifier({ classWeight: { maybe: 2 } }).fit(x, two)).rejects.toThrow(/labels among the classes/)
})

it('the property seed returns the random seed', async () => {
  const first = new SGDClassifier()
  expect(first.getParams().seed).toBeNull()
  const second = new SGDClassifier({ seed: first.seed })
  await first.fit(x, three)
  await second.fit(x, three)
  expect(second.coef).toEqual(first.coef)
  expect(new Perceptron().seed).toBe(0)
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { ArgumentError, MLPClassifier, MLPRegressor } from '../../../lib/index.js'
import { three, two, x, y } from './data.js'

afterEach(() => vi.restoreAllMocks())

const estimators = { MLPClassifier, MLPRegressor } as const
type Name = keyof typeof estimators
const names = Object.keys(estimators) as Name[]
const make = (name: Name, params: object): MLPClassifier | MLPRegressor =>
  name === 'MLPClassifier' ? new MLPClassifier(params) : new MLPRegressor(params)
const counts = y.map((value) => Math.max(0, Math.round(value)))

/** All that fit leaves, as JSON. */
async function fitted(name: Name, params: object, times = 1): Promise<string> {
  const model = make(name, { hiddenLayerSizes: [4], seed: 3, maxIter: 12, batchSize: 16, ...params })
  for (let k = 0; k < times; k++) {
    if (model instanceof MLPRegressor) await model.fit(x, counts)
    else await model.fit(x, three)
  }
  const { coefs, intercepts, nIter, t, validationScores } = model
  return JSON.stringify([
    coefs.map(({ data }) => [...data]),
    intercepts.map((bias) => [...bias]),
    nIter,
    t,
    validationScores,
  ])
}

const sgd = { solver: 'sgd' }
/** For each parameter another value, with the other parameters that it needs to have an effect. */
const others: Record<string, { value: unknown; with?: object; times?: number }> = {
  loss: { value: 'poisson' },
  hiddenLayerSizes: { value: [3, 3] },
  activation: { value: 'tanh' },
  solver: { value: 'lbfgs' },
  alpha: { value: 1 },
  batchSize: { value: 7 },
  learningRate: { value: 'invscaling', with: sgd },
  learningRateInit: { value: 0.01 },
  powerT: { value: 0.9, with: { ...sgd, learningRate: 'invscaling' } },
  maxIter: { value: 3 },
  shuffle: { value: false },
  seed: { value: 4 },
  tol: { value: 1, with: { nIterNoChange: 2 } },
  warmStart: { value: true, times: 2 },
  momentum: { value: 0.5, with: sgd },
  nesterovsMomentum: { value: false, with: sgd },
  earlyStopping: { value: true },
  validationFraction: { value: 0.3, with: { earlyStopping: true } },
  beta1: { value: 0.5 },
  beta2: { value: 0.9 },
  epsilon: { value: 0.1 },
  nIterNoChange: { value: 1, with: { tol: 1 } },
  maxFun: { value: 3, with: { solver: 'lbfgs' } },
  classWeight: { value: 'balanced' },
}

/** Wrong values of each parameter, and the range as the message has it. */
const bad: Record<string, [unknown[], string]> = {
  loss: [['squared', 1], 'one of squaredError, poisson'],
  hiddenLayerSizes: [[0, -1, 1.5, 'x', [10, 0], [1.5], null], 'an integer of at least 1'],
  activation: [['sigmoid'], 'one of identity, logistic, tanh, relu'],
  solver: [['newton'], 'one of lbfgs, sgd, adam'],
  alpha: [[-1, Number.NaN, '1'], 'a finite number of at least 0'],
  batchSize: [[0, 1.5, 'all'], "'auto' or an integer of at least 1"],
  learningRate: [['optimal'], 'one of constant, invscaling, adaptive'],
  learningRateInit: [[0, -1], 'a finite number above 0'],
  powerT: [[-0.5], 'a finite number of at least 0'],
  maxIter: [[0, 1.5, '3'], 'an integer of at least 1'],
  shuffle: [[1, null], 'true or false'],
  seed: [[-1, 0.5, 'a'], 'an integer of at least 0'],
  tol: [[-1e-9, Number.POSITIVE_INFINITY], 'a finite number of at least 0'],
  verbose: [[-1, 'yes'], 'true, false or an integer of at least 0'],
  warmStart: [[0], 'true or false'],
  momentum: [[-0.1, 1.1], 'a finite number from 0 to 1'],
  nesterovsMomentum: [[1], 'true or false'],
  earlyStopping: [[1], 'true or false'],
  validationFraction: [[-0.1, 1, 2], 'a finite number from 0 to below 1'],
  beta1: [[-0.1, 1], 'a finite number from 0 to below 1'],
  beta2: [[-0.1, 1], 'a finite number from 0 to below 1'],
  epsilon: [[0, -1], 'a finite number of at least 1.2e-38'],
  nIterNoChange: [[0, 2.5], 'an integer of at least 1 or Infinity'],
  maxFun: [[0, 1.5], 'an integer of at least 1'],
  classWeight: [['balance', 3, [1]], "'balanced', an object or Map"],
}

describe.each(names)('parameters of %s', (name) => {
  const keys = Object.keys(estimators[name].parameters)

  it.each(keys.filter((key) => key !== 'verbose'))('%s has an effect on training', async (key) => {
    const { value, with: context = {}, times = 1 } = others[key]!
    const before = await fitted(name, context, times)
    expect(await fitted(name, context, times)).toBe(before)
    expect(await fitted(name, { ...context, [key]: value }, times)).not.toBe(before)
  })

  it.each(keys)('%s rejects wrong values', (key) => {
    const [values, range] = bad[key]!
    const model = make(name, {})
    for (const value of values) {
      expect(() => make(name, { [key]: value })).toThrow(ArgumentError)
      expect(() => make(name, { [key]: value })).toThrow(key)
      expect(() => make(name, { [key]: value })).toThrow(range)
      expect(() => make(name, { [key]: value })).toThrow(/but got/)
      expect(() => model.setParams({ [key]: value } as never)).toThrow(ArgumentError)
    }
    expect(model.getParams()).toEqual(make(name, {}).getParams())
  })

  it('verbose prints a line for each epoch', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    await fitted(name, { maxIter: 2, verbose: true })
    expect(write.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^epoch 1: loss [\d.e-]+\n$/),
      expect.stringMatching(/^epoch 2: loss [\d.e-]+\n$/),
    ])
  })

  it('parameters have defaults and search ranges that their checks accept, and a description of one line', () => {
    for (const [key, parameter] of Object.entries(estimators[name].parameters)) {
      expect(parameter.read(parameter.default, key)).toEqual(parameter.default)
      expect(parameter.description).toMatch(/^[^\n]+\.$/)
      expect(parameter.takes).not.toBe('')
      const { search } = parameter
      const tried = !search ? [] : 'choices' in search ? search.choices : [search.low, search.high]
      for (const value of tried) expect(parameter.read(value, key)).toEqual(value)
    }
  })

  it('getParams returns all of them, and the constructor takes them', () => {
    const params = make(name, { nIterNoChange: Number.POSITIVE_INFINITY, hiddenLayerSizes: [2, 3] }).getParams()
    expect(Object.keys(params)).toEqual(keys)
    expect(make(name, params).getParams()).toEqual(params)
  })
})

it('MLP estimators reject combinations that make no sense', async () => {
  expect(() => new MLPClassifier({ earlyStopping: true, solver: 'lbfgs' })).toThrow(
    /'sgd' or 'adam' with earlyStopping/,
  )
  expect(() => new MLPRegressor({ earlyStopping: true, validationFraction: 0 })).toThrow(/above 0 and below 1/)
  const model = new MLPClassifier({ hiddenLayerSizes: 3 as never, seed: 1, maxIter: 1 })
  expect(model.getParams().hiddenLayerSizes).toEqual([3])
  await expect(model.setParams({ solver: 'lbfgs' }).partialFit(x, two, { classes: [true, false] })).rejects.toThrow(
    /'sgd' or 'adam' for partialFit, but got 'lbfgs'/,
  )
  await expect(
    new MLPClassifier({ earlyStopping: true }).partialFit(x, two, { classes: [true, false] }),
  ).rejects.toThrow(/earlyStopping false for partialFit/)
  await expect(
    new MLPClassifier({ classWeight: 'balanced' }).partialFit(x, two, { classes: [true, false] }),
  ).rejects.toThrow(/classWeight/)
  await expect(new MLPClassifier({ classWeight: { maybe: 2 } }).fit(x, two)).rejects.toThrow(/labels among the classes/)
  expect(() => new MLPClassifier({ maxIer: 3 } as never)).toThrow(/Did you mean maxIter/)
  await expect(new MLPRegressor({ loss: 'poisson' }).fit([[1], [2]], [1, -1])).rejects.toThrow(/row 1 has -1/)
})

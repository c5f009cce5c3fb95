import { beforeAll, describe, expect, it } from 'vitest'
import {
  Adaline,
  layers,
  type Matrix,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  NetworkRegressor,
  optimizers,
  Perceptron,
  pipeline,
  preprocessing,
  SGDClassifier,
  SGDRegressor,
  TransformedTargetRegressor,
} from '../../../lib/index.js'
import { toSource } from '../../../lib/interchange/source/to-source.js'
import { expectClose } from './close.js'
import { runSource } from './run-source.js'

const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(2.3 * i), ((7 * i) % 11) / 11])
const two = rows.map(([a, b]) => (a! + b! > 0 ? 'yes' : 'no'))
const three = rows.map(([a, b]) => (a! > 0.3 ? 2 : b! > 0 ? 1 : 0))
const flags = rows.map(([a, b]) => [Number(a! > 0), Number(b! > 0), Number(a! > b!)])
const values = rows.map(([a, b, c]) => 3 * a! - b! * c!)
const counts = values.map((value) => Math.round(Math.exp(value / 2)))
const pairs = rows.map(([a, b]) => [a! + b!, a! * b!])
const hidden = [layers.dense({ units: 6, activation: 'tanh' })]
const network = { layers: hidden, epochs: 3, seed: 1, optimizer: optimizers.adam({ learningRate: 0.05 }) }
const mlp = { hiddenLayerSizes: [5, 4], maxIter: 30, seed: 1 }

interface Fitted {
  predictSync(row: readonly number[]): unknown
  predictProbaSync?(row: readonly number[]): Float32Array
  classes?: unknown[]
}

const models: Record<string, () => Promise<unknown>> = {
  'MLPClassifier of two classes': () => new MLPClassifier(mlp).fit(rows, two),
  'MLPClassifier of three classes': () => new MLPClassifier({ ...mlp, activation: 'logistic' }).fit(rows, three),
  'MLPClassifier of several labels a row': () =>
    new MLPClassifier<number[]>({ ...mlp, activation: 'tanh' }).fit(rows, flags),
  MLPRegressor: () => new MLPRegressor({ ...mlp, activation: 'identity' }).fit(rows, values),
  'MLPRegressor of two numbers a row': () => new MLPRegressor<Matrix>(mlp).fit(rows, pairs),
  Perceptron: () => new Perceptron({ seed: 1 }).fit(rows, two),
  'Perceptron of three classes': () => new Perceptron({ seed: 1 }).fit(rows, three),
  Adaline: () => new Adaline({ seed: 1 }).fit(rows, two),
  'Adaline of three classes': () => new Adaline({ seed: 1 }).fit(rows, three),
  'SGDClassifier hinge': () => new SGDClassifier({ seed: 1 }).fit(rows, two),
  'SGDClassifier logLoss': () => new SGDClassifier({ loss: 'logLoss', seed: 1 }).fit(rows, two),
  'SGDClassifier logLoss of three classes': () => new SGDClassifier({ loss: 'logLoss', seed: 1 }).fit(rows, three),
  'SGDClassifier modifiedHuber of three classes': () =>
    new SGDClassifier({ loss: 'modifiedHuber', average: true, seed: 1 }).fit(rows, three),
  SGDRegressor: () => new SGDRegressor({ seed: 1 }).fit(rows, values),
  'SGDRegressor with averages': () => new SGDRegressor({ average: true, seed: 1 }).fit(rows, values),
  'NetworkClassifier of two classes': () => new NetworkClassifier(network).fit(rows, two),
  'NetworkClassifier of three classes': () => new NetworkClassifier(network).fit(rows, three),
  'NetworkClassifier of several labels a row': () => new NetworkClassifier<number[]>(network).fit(rows, flags),
  'NetworkRegressor of two numbers a row': () => new NetworkRegressor<Matrix>(network).fit(rows, pairs),
}
for (const loss of ['binaryCrossentropy', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const) {
  for (const fromLogits of [false, true]) {
    for (const labels of [two, three]) {
      models[`NetworkClassifier ${loss}, fromLogits ${fromLogits}, ${labels === two ? 2 : 3} classes`] = () =>
        new NetworkClassifier({ ...network, loss: { name: loss, fromLogits } }).fit(rows, labels as string[])
    }
  }
}
for (const loss of ['hinge', 'squaredHinge', 'focal', 'kullbackLeibler', 'meanSquaredError'] as const) {
  models[`NetworkClassifier ${loss}`] = () => new NetworkClassifier({ ...network, loss }).fit(rows, three)
}
for (const loss of ['meanAbsoluteError', 'gaussianNll', 'quantile'] as const) {
  models[`NetworkRegressor ${loss}`] = () => new NetworkRegressor({ ...network, loss }).fit(rows, values)
}
for (const fromLogits of [false, true]) {
  models[`NetworkRegressor poisson, fromLogits ${fromLogits}`] = () =>
    new NetworkRegressor({ ...network, loss: { name: 'poisson', fromLogits } }).fit(rows, counts)
}
const { StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer, FunctionTransformer } = preprocessing
const targets = {
  StandardScaler: new StandardScaler(),
  MinMaxScaler: new MinMaxScaler({ featureRange: [-1, 2] }),
  RobustScaler: new RobustScaler(),
  'RobustScaler, smooth': new RobustScaler({ smoothClip: true }),
  QuantileTransformer: new QuantileTransformer({ nQuantiles: 20, seed: 1 }),
  'QuantileTransformer, normal': new QuantileTransformer({ nQuantiles: 20, outputDistribution: 'normal', seed: 1 }),
  FunctionTransformer: new FunctionTransformer({ func: 'expm1' }),
  'a pipeline': pipeline([new FunctionTransformer({ func: 'cube' }), new StandardScaler()]),
}
for (const [name, transformer] of Object.entries(targets)) {
  models[`TransformedTargetRegressor with ${name}`] = () =>
    new TransformedTargetRegressor({
      regressor: new MLPRegressor(mlp),
      transformer: transformer as preprocessing.StandardScaler,
    }).fit(rows, values)
}
models['TransformedTargetRegressor of two numbers a row'] = () =>
  new TransformedTargetRegressor({ regressor: new MLPRegressor<Matrix>(mlp), transformer: new StandardScaler() }).fit(
    rows,
    pairs,
  )

describe.each(Object.entries(models))('toSource of %s', (_, fit) => {
  let model: Fitted
  beforeAll(async () => {
    model = (await fit()) as Fitted
  })

  it('predicts as the model does, also for rows that it was not trained with', () => {
    const source = runSource(toSource(model))
    expect(source.classes ? [...source.classes] : undefined).toEqual(model.classes)
    for (const row of [...rows, [0.1, -3, 2], [4, 4, 4]]) {
      const [actual, expected] = [source.predict(row), model.predictSync(row)]
      if (typeof expected === 'number') expectClose([actual as number], [expected])
      else if (expected instanceof Float32Array) expectClose(actual as Float32Array, expected)
      else expect(JSON.stringify(actual)).toBe(JSON.stringify(expected))
    }
  })

  it('has the probabilities of the model, or none', () => {
    const source = runSource(toSource(model))
    const has = () => model.predictProbaSync?.(rows[0]!)
    let expected: Float32Array | undefined
    try {
      expected = has()
    } catch {
      expected = undefined
    }
    expect(typeof source.predictProba).toBe(expected ? 'function' : 'undefined')
    if (expected) for (const row of rows) expectClose(source.predictProba(row), model.predictProbaSync!(row))
  })
})

it('toSource of a linear model says what numbers are too large', async () => {
  const { predict } = runSource(toSource(await new SGDRegressor({ seed: 1 }).fit(rows, values)))
  expect(() => predict([0, -1e39, 0])).toThrow('a finite number from -3.4e38 to 3.4e38 in column 1, but got -1e+39.')
})

describe.each([
  ['SGDRegressor', () => new SGDRegressor({ seed: 1 }).fit(rows, values)],
  ['SGDClassifier', () => new SGDClassifier({ seed: 1 }).fit(rows, three)],
  ['Perceptron', () => new Perceptron({ seed: 1 }).fit(rows, two)],
  ['MLPRegressor', () => new MLPRegressor(mlp).fit(rows, values)],
  ['a pipeline', () => pipeline([new StandardScaler(), new SGDRegressor({ seed: 1 })]).fit(rows, values)],
  [
    'a pipeline that limits numbers',
    () => pipeline([new MinMaxScaler({ clip: true }), new SGDRegressor({ seed: 1 })]).fit(rows, values),
  ],
] as [string, () => Promise<Fitted>][])('toSource of %s, given numbers of any size', (_, fit) => {
  // The largest float32 number, and the smallest that is rounded to infinity.
  const [last, first] = [3.4028234663852886e38, 3.4028235677973366e38]

  it.each([last, first, -first, 1e39, -1e300, Number.MAX_VALUE, Infinity, Number.NaN])(
    'refuses a row with %d where the model does',
    async (value) => {
      const model = await fit()
      const source = runSource(toSource(model))
      const row = [0.1, value, 2]
      const resultOf = (predict: () => unknown) => {
        try {
          return predict()
        } catch {
          return 'refused'
        }
      }
      const [actual, expected] = [resultOf(() => source.predict(row)), resultOf(() => model.predictSync(row))]
      if (typeof expected === 'number' && Number.isFinite(expected)) {
        expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)))
      } else expect(actual).toBe(expected)
    },
  )
})

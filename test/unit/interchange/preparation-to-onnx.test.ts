import { describe, expect, it } from 'vitest'
import {
  MLPClassifier,
  MLPRegressor,
  pipeline,
  preprocessing,
  SGDRegressor,
  Table,
  TransformedTargetRegressor,
} from '../../../lib/index.js'
import { toOnnx } from '../../../lib/interchange/index.js'
import { uniforms } from '../../../lib/math/random.js'
import { distance, type Input, runOnnx } from './runtime.js'

const {
  ColumnTransformer,
  FunctionTransformer,
  MinMaxScaler,
  Normalizer,
  OneHotEncoder,
  OrdinalEncoder,
  QuantileTransformer,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
  TargetEncoder,
} = preprocessing

/** Numbers, some of them missing, some of them equal. */
function numbers(rows: number, columns: number, seed: number, missing = 0.15): number[][] {
  const draw = uniforms(seed)
  const cell = () => (draw() < missing ? Number.NaN : draw() < 0.3 ? Math.round(4 * draw()) : 6 * draw() - 1)
  return Array.from({ length: rows }, () => Array.from({ length: columns }, cell))
}

const train = numbers(150, 3, 1)
const test = [...numbers(60, 3, 2), [-50, 50, 4], [Number.NaN, 0, Number.NaN]]
const whole = train.map((row) => row.map((value) => (Number.isNaN(value) ? 0.5 : Math.abs(value) + 0.1)))
const wholeTest = test.map((row) => row.map((value) => (Number.isNaN(value) ? 0.7 : Math.abs(value) + 0.1)))

const flat = (rows: readonly (readonly number[])[]) => Float64Array.from(rows.flat())

/** Compares transformers alone. */
async function check(steps: readonly object[], x: number[][], y?: unknown, rows = test): Promise<void> {
  const model = await pipeline(steps as [InstanceType<typeof StandardScaler>]).fit(x, y as never)
  const { output } = await runOnnx(await toOnnx(model as never), { input: flat(rows) }, rows.length)
  const expected = await model.transform(rows)
  expect(output!.dims).toEqual([expected.rows, expected.cols])
  expect(distance(output!.data, expected.data)).toBeLessThan(1e-6)
}

const functions = [
  ...['identity', 'log', 'exp', 'log1p', 'expm1', 'log2', 'exp2', 'log10', 'exp10', 'sqrt', 'square', 'cbrt', 'cube'],
  ...['reciprocal', 'negative', 'abs', 'sign', 'sin', 'cos', 'tanh'],
]

describe('onnxruntime gives the results of', () => {
  it.each([
    ['StandardScaler', new StandardScaler()],
    ['StandardScaler without mean', new StandardScaler({ withMean: false })],
    ['StandardScaler without scale', new StandardScaler({ withStd: false })],
    ['MinMaxScaler', new MinMaxScaler({ featureRange: [-1, 2] })],
    ['MinMaxScaler that clips', new MinMaxScaler({ clip: true })],
    ['RobustScaler', new RobustScaler()],
    ['RobustScaler without center', new RobustScaler({ withCentering: false, unitVariance: true })],
    ['RobustScaler with smoothClip', new RobustScaler({ smoothClip: true })],
    ['QuantileTransformer', new QuantileTransformer({ nQuantiles: 40, seed: 1 })],
    ['QuantileTransformer of one quantile', new QuantileTransformer({ nQuantiles: 1, seed: 1 })],
    ['QuantileTransformer to normal', new QuantileTransformer({ outputDistribution: 'normal', seed: 1 })],
    ['SimpleImputer', new SimpleImputer({ addIndicator: true })],
    ['SimpleImputer by median', new SimpleImputer({ strategy: 'median' })],
    ['SimpleImputer by a constant', new SimpleImputer({ strategy: 'constant', fillValue: -3 })],
  ])('%s', async (_, transformer) => {
    await check([transformer], train)
  })

  it('SimpleImputer of another mark than NaN', async () => {
    await check([new SimpleImputer({ missingValues: 0.7, addIndicator: true })], wholeTest, undefined, wholeTest)
  })

  it('SimpleImputer of a column without entries', async () => {
    const x = train.map(([a, b]) => [a!, Number.NaN, b!])
    await check([new SimpleImputer()], x)
    await check([new SimpleImputer({ keepEmptyFeatures: true })], x)
  })

  it.each([['l1'], ['l2'], ['max']] as const)('Normalizer of %s', async (norm) => {
    await check([new Normalizer({ norm })], whole, undefined, [...wholeTest, [0, 0, 0], [-3, 2, 1], [1e-17, 0, 0]])
  })

  it.each(functions)('FunctionTransformer of %s', async (func) => {
    await check([new FunctionTransformer({ func, checkInverse: false })], whole, undefined, wholeTest.slice(0, 60))
  })

  it('FunctionTransformer of atanh', async () => {
    const rows = wholeTest.slice(0, 60).map((row) => row.map((value) => value / 8))
    await check([new FunctionTransformer({ func: 'atanh', checkInverse: false })], rows, undefined, rows)
  })

  const codes = train.map((row) => row.map((value) => (Number.isNaN(value) ? value : Math.round(value))))
  const others = test.map((row) => row.map((value) => (Number.isNaN(value) ? value : Math.round(value))))
  const targets = codes.map(([a]) => (a! > 1 ? 'high' : Number.isNaN(a!) ? 'none' : 'low'))

  it.each([
    ['OneHotEncoder', new OneHotEncoder({ handleUnknown: 'ignore' })],
    ['OneHotEncoder without the first', new OneHotEncoder({ handleUnknown: 'ignore', drop: 'first' })],
    ['OneHotEncoder with rare ones', new OneHotEncoder({ handleUnknown: 'infrequentIfExist', maxCategories: 3 })],
    ['OrdinalEncoder', new OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -7 })],
    [
      'OrdinalEncoder with rare ones',
      new OrdinalEncoder({
        handleUnknown: 'useEncodedValue',
        unknownValue: -7,
        encodedMissingValue: -1,
        minFrequency: 9,
      }),
    ],
  ])('%s of numbers', async (_, encoder) => {
    await check([encoder], codes, undefined, others)
  })

  it('TargetEncoder', async () => {
    await check([new TargetEncoder({ seed: 1 })], codes, targets, others)
    await check(
      [new TargetEncoder({ seed: 1 })],
      codes,
      codes.map(([, b]) => (Number.isNaN(b!) ? 1.5 : b! / 3)),
      others,
    )
  })
})

const words = ['ada', 'bob', 'cleo', '']
const people = Array.from({ length: 160 }, (_, i) => {
  const draw = uniforms(i + 1)
  const pick = Math.floor(5 * draw())
  return {
    age: draw() < 0.1 ? null : Math.round(60 * draw()),
    name: pick === 4 ? null : words[pick % 3]!,
    city: draw() < 0.1 ? null : draw() < 0.5 ? 'Kyiv' : draw() < 0.7 ? 'Oslo' : 'Rome',
    member: draw() < 0.1 ? null : draw() < 0.5,
    score: 3 * draw(),
  }
})
type Person = { age: number | null; name: string | null; city: string | null; member: boolean | null; score: number }
const strangers: Person[] = [
  ...people.slice(100),
  { age: null, name: 'zoe', city: 'Lima', member: null, score: 0 },
  { age: 200, name: null, city: null, member: true, score: 9 },
]
const known = Table.fromRows(people.slice(0, 100))

/** Rows as the inputs of a graph: one a column. */
function inputsOf(rows: readonly Person[]): Record<string, Input> {
  const column = (key: keyof Person) =>
    Float64Array.from(rows, (row) => (row[key] === null ? Number.NaN : Number(row[key])))
  const text = (key: keyof Person) => rows.map((row) => (row[key] as string | null) ?? '')
  return {
    age: column('age'),
    name: text('name'),
    city: text('city'),
    member: column('member'),
    score: column('score'),
  }
}

const columns = () =>
  new ColumnTransformer({
    transformers: [
      ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['age', 'score']],
      ['one', new OneHotEncoder({ handleUnknown: 'ignore' }), ['name', 'member']],
      [
        'filled',
        pipeline([
          new SimpleImputer<Table>({ strategy: 'mostFrequent', addIndicator: true }),
          new OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -1 }),
        ]),
        ['city'],
      ],
      ['mean', new TargetEncoder({ seed: 1 }), ['city']],
    ],
    remainder: 'drop',
  })

describe('onnxruntime gives the predictions of a pipeline', () => {
  it('over named columns of numbers, strings and truth values, with missing and unknown ones', async () => {
    const labels = people.slice(0, 100).map(({ score }) => (score > 1.5 ? 'yes' : 'no'))
    const model = await pipeline([columns(), new MLPClassifier({ maxIter: 5, seed: 1 })]).fit(known, labels)
    const { label, probabilities } = await runOnnx(await toOnnx(model), inputsOf(strangers), strangers.length)
    expect(Array.from(label!.data)).toEqual(await model.predict(strangers))
    expect(distance(probabilities!.data, (await model.predictProba(strangers)).data)).toBeLessThan(1e-6)
  })

  it('with a transformed target', async () => {
    const y = people.slice(0, 100).map(({ score }) => 100 + 20 * score)
    const transformer = pipeline([new FunctionTransformer({ func: 'log1p' }), new StandardScaler()])
    const regressor = new TransformedTargetRegressor({
      regressor: new MLPRegressor({ maxIter: 5, seed: 1 }),
      transformer,
    })
    const model = await pipeline([columns(), regressor]).fit(known, y)
    const { prediction } = await runOnnx(await toOnnx(model), inputsOf(strangers), strangers.length)
    expect(distance(prediction!.data, (await model.predict(strangers)) as ArrayLike<number>)).toBeLessThan(1e-6)
  })

  it('inside a transformed target, in float64', async () => {
    const y = whole.map(([a, b]) => a! + 2 * b!)
    const regressor = pipeline([new MinMaxScaler(), new SGDRegressor({ seed: 1 })])
    for (const transformer of [new StandardScaler(), new MinMaxScaler(), new RobustScaler()]) {
      const model = await new TransformedTargetRegressor({ regressor, transformer }).fit(whole, y)
      const { prediction } = await runOnnx(await toOnnx(model), { input: flat(wholeTest) }, wholeTest.length)
      expect(distance(prediction!.data, (await model.predict(wholeTest)) as ArrayLike<number>)).toBeLessThan(1e-9)
    }
  })

  it('with one matrix in place of named columns, and numbers in float32', async () => {
    const names = Table.from({ a: whole.map(([a]) => a!), b: whole.map(([, b]) => b!) })
    const model = await pipeline([new StandardScaler(), new MLPRegressor({ maxIter: 3, seed: 1 })]).fit(
      names,
      whole.map(([a]) => a!),
    )
    const rows = wholeTest.map(([a, b]) => [Math.fround(a!), Math.fround(b!)])
    const expected = await model.predict(rows.map(([a, b]) => ({ a: a!, b: b! })))
    const bytes = await toOnnx(model, { inputs: 'matrix', numbers: 'float32' })
    const { prediction } = await runOnnx(bytes, { input: Float32Array.from(rows.flat()) }, rows.length)
    expect(distance(prediction!.data, expected as ArrayLike<number>)).toBeLessThan(1e-6)
  })
})

it('rows of categories that the encoder refuses are NaN', async () => {
  const model = await pipeline([new OneHotEncoder()]).fit([['a'], ['b']])
  const { output } = await runOnnx(await toOnnx(model as never), { input: ['b', 'c'] }, 2)
  expect(Array.from(output!.data)).toEqual([0, 1, Number.NaN, Number.NaN])
})

describe('an error names what ONNX cannot express:', () => {
  it('a registered function', async () => {
    preprocessing.registerFunction('onnxTest', (value) => value + 1)
    const model = await pipeline([['plus', new FunctionTransformer({ func: 'onnxTest', checkInverse: false })]]).fit([
      [1],
      [2],
    ])
    await expect(toOnnx(model as never)).rejects.toThrow(
      "ONNX cannot express plus: the function 'onnxTest' is one that a program registered.",
    )
  })

  it('one matrix of strings and numbers', async () => {
    const encoder = new OneHotEncoder({ handleUnknown: 'ignore' })
    const model = await pipeline([encoder]).fit(Table.from({ a: ['x', 'y'], b: [1, 2] }))
    await expect(toOnnx(model as never, { inputs: 'matrix' })).rejects.toThrow(
      'some columns are strings and others numbers',
    )
  })

  it('the inverse of quantiles', async () => {
    const regressor = new TransformedTargetRegressor({
      regressor: new SGDRegressor({ seed: 1 }),
      transformer: new QuantileTransformer({ nQuantiles: 5, seed: 1 }),
    })
    await expect(
      toOnnx(
        await regressor.fit(
          whole,
          whole.map(([a]) => a!),
        ),
      ),
    ).rejects.toThrow('ONNX cannot express transformer: there is no inverse of a QuantileTransformer in the operators.')
  })
})

import { describe, expect, it } from 'vitest'
import {
  layers,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  type Pipeline,
  pipeline,
  preprocessing,
  SGDClassifier,
  SGDRegressor,
  Table,
  TransformedTargetRegressor,
} from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'
import { uniforms } from '../../../lib/math/random.js'
import { distance } from './runtime.js'
import { tableNetworks } from './table-networks.js'

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

type Rows = number[][]
type Prepared = Pipeline & { transform(rows: unknown): Promise<{ data: Float32Array }> }

/** Numbers, some of them missing, some of them equal. */
function numbers(rows: number, columns: number, seed: number, missing = 0.15): Rows {
  const draw = uniforms(seed)
  const cell = () => (draw() < missing ? Number.NaN : draw() < 0.3 ? Math.round(4 * draw()) : 6 * draw() - 1)
  return Array.from({ length: rows }, () => Array.from({ length: columns }, cell))
}

const train = numbers(150, 3, 1)
const test = [...numbers(60, 3, 2), [-50, 50, 4], [Number.NaN, 0, Number.NaN]]
const change = (rows: Rows, apply: (value: number) => number, missing: number) =>
  rows.map((row) => row.map((value) => (Number.isNaN(value) ? missing : apply(value))))
const whole = change(train, (value) => Math.abs(value) + 0.1, 0.5)
const wholeTest = change(test, (value) => Math.abs(value) + 0.1, 0.7)
const codes = change(train, Math.round, Number.NaN)
const others = change(test, Math.round, Number.NaN)

/** Compares transformers alone with what comes back of them; returns the kinds of the steps that come back. */
async function check(steps: readonly object[], x: Rows, rows: Rows, y?: unknown, limit = 1e-6): Promise<string[]> {
  const model = (await pipeline(steps as never).fit(x as never, y as never)) as unknown as Prepared
  const again = await fromOnnx<Prepared>(await toOnnx(model as never))
  expect(distance((await again.transform(rows)).data, (await model.transform(rows)).data)).toBeLessThan(limit)
  return Object.values(again.namedSteps).map((step) => (step as object).constructor.name)
}

describe('comes back from ONNX as it was:', () => {
  it.each([
    ['MinMaxScaler', new MinMaxScaler({ clip: true })],
    ['MinMaxScaler', new MinMaxScaler({ clip: true, featureRange: [-2, 3] })],
    ['RobustScaler', new RobustScaler({ smoothClip: true })],
    ['QuantileTransformer', new QuantileTransformer({ nQuantiles: 40, seed: 1 })],
    ['QuantileTransformer', new QuantileTransformer({ outputDistribution: 'normal', seed: 1 })],
    ['SimpleImputer', new SimpleImputer()],
    ['SimpleImputer', new SimpleImputer({ strategy: 'constant', fillValue: -3 })],
  ])('%s (%#)', async (kind, transformer) => {
    expect(await check([transformer], train, test)).toEqual([kind])
  })

  it('SimpleImputer with indicators, and of another mark than NaN', async () => {
    await check([new SimpleImputer({ addIndicator: true })], train, test)
    expect(await check([new SimpleImputer({ missingValues: 0.7 })], wholeTest, wholeTest)).toEqual(['SimpleImputer'])
  })

  it('SimpleImputer before a scaler', async () => {
    const steps = [new SimpleImputer({ strategy: 'median' }), new StandardScaler()]
    expect(await check(steps, train, test)).toEqual(['SimpleImputer', 'StandardScaler'])
  })

  const functions = ['log', 'log1p', 'log2', 'sqrt', 'square', 'cbrt', 'cube', 'reciprocal', 'sin']
  it.each([...functions, 'abs', 'sign', 'cos'])('FunctionTransformer of %s, and a scaler', async (func) => {
    const transformer = new FunctionTransformer({ func, checkInverse: false })
    await check([transformer, new StandardScaler()], whole, wholeTest.slice(0, 60))
  })

  it.each([
    ['OneHotEncoder', new OneHotEncoder({ handleUnknown: 'ignore' })],
    ['OneHotEncoder', new OneHotEncoder({ handleUnknown: 'ignore', drop: 'first' })],
    ['OneHotEncoder', new OneHotEncoder({ handleUnknown: 'infrequentIfExist', maxCategories: 3 })],
    ['OrdinalEncoder', new OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -7 })],
    [
      'OrdinalEncoder',
      new OrdinalEncoder({
        handleUnknown: 'useEncodedValue',
        unknownValue: -7,
        encodedMissingValue: -1,
        minFrequency: 9,
      }),
    ],
  ])('an encoder of numbers, as %s (%#)', async (kind, encoder) => {
    expect(await check([encoder], codes, others)).toEqual([kind])
  })

  it('a OneHotEncoder whose unknown categories are as the rare ones', async () => {
    const numbers = [1, 1, 1, 2, 2, 2, 3, 4].map((x) => [x])
    const encoder = new OneHotEncoder({ handleUnknown: 'infrequentIfExist', minFrequency: 2 })
    expect(await check([encoder], numbers, [[1], [4], [9], [2], [3]])).toEqual(['OneHotEncoder'])
    const again = await fromOnnx<Prepared>(await toOnnx((await pipeline([encoder]).fit(numbers)) as never))
    const [step] = Object.values(again.namedSteps) as [InstanceType<typeof OneHotEncoder>]
    expect(step.getParams().handleUnknown).toBe('infrequentIfExist')
    expect(step.infrequentCategories).toEqual([[3, 4]])
  })

  it('TargetEncoder', async () => {
    const targets = codes.map(([a]) => (a! > 1 ? 'high' : Number.isNaN(a!) ? 'none' : 'low'))
    await check([new TargetEncoder({ seed: 1 })], codes, others, targets)
    const heights = codes.map(([, b]) => (Number.isNaN(b!) ? 1.5 : b! / 3))
    await check([new TargetEncoder({ seed: 1 })], codes, others, heights)
  })

  it('encoders that refuse unknown categories', async () => {
    for (const encoder of [new OneHotEncoder(), new OrdinalEncoder(), new OneHotEncoder({ drop: 'first' })]) {
      const model = await pipeline([encoder]).fit([['b'], ['a'], ['c']])
      const again = await fromOnnx<Prepared>(await toOnnx(model as never))
      const rows = [['c'], ['a'], ['b']]
      expect((await again.transform(rows)).data).toEqual((await (model as unknown as Prepared).transform(rows)).data)
      await expect(again.transform([['d']])).rejects.toThrow('one of the categories in fit')
    }
  })
})

describe('a Normalizer comes back from ONNX', () => {
  const norms = [['l1'], ['l2'], ['max']] as const
  const filled = () => [new SimpleImputer(), new StandardScaler()]
  const kindsOf = ({ namedSteps }: Prepared) =>
    Object.values(namedSteps).map((step) => (step as object).constructor.name)

  it.each(norms)('with its norm %s, and from inputs of float32', async (norm) => {
    const model = (await pipeline([new Normalizer({ norm })]).fit(whole)) as unknown as Prepared
    const rows = [...wholeTest, [0, 0, 0], [-3, 2, 1]]
    for (const numbers of ['float32', 'float64'] as const) {
      const again = await fromOnnx<Prepared>(await toOnnx(model as never, { numbers }))
      expect((again.namedSteps.normalizer as InstanceType<typeof Normalizer>).getParams()).toEqual({ norm })
      expect(distance((await again.transform(rows)).data, (await model.transform(rows)).data)).toBeLessThan(1e-6)
    }
  })

  it.each(norms)('between scalers and a network: %s', async (norm) => {
    const labels = train.map(([a]) => (a! > 2 ? 'high' : 'low'))
    const after = [new Normalizer({ norm }), new StandardScaler(), new MLPClassifier({ maxIter: 5, seed: 1 })]
    const model = (await pipeline([...filled(), ...after] as never).fit(
      train as never,
      labels as never,
    )) as unknown as Fitted
    const again = await roundTrip(model)
    expect(kindsOf(again as unknown as Prepared)).toEqual([
      'SimpleImputer',
      'StandardScaler',
      'Normalizer',
      'NetworkClassifier',
    ])
    const expected = (await model.predictProba(test)).data
    expect(distance((await again.predictProba(test)).data, expected)).toBeLessThan(1e-6)
  })

  it('as parts of a ColumnTransformer, and after one', async () => {
    const parts = new ColumnTransformer({
      transformers: [
        ['numbers', new MinMaxScaler({ clip: true }), [1]],
        ['pair', new Normalizer({ norm: 'max' }), [2, 0]],
        ['all', pipeline([new StandardScaler(), new Normalizer()]), [0, 2, 1]],
      ],
    })
    expect(await check([parts], whole, wholeTest)).toEqual(['ColumnTransformer'])
    const mixed = new ColumnTransformer({
      transformers: [
        ['one', new OneHotEncoder({ handleUnknown: 'ignore' }), [1]],
        ['two', pipeline(filled()), [2]],
      ],
    })
    expect(await check([mixed, new Normalizer()], codes, others)).toEqual(['ColumnTransformer', 'Normalizer'])
  })

  it('as a part with transformers of several kinds before it', async () => {
    const inner = new ColumnTransformer({
      transformers: [
        ['one', new OneHotEncoder({ handleUnknown: 'ignore' }), ['job']],
        ['two', new StandardScaler(), ['age']],
      ],
    })
    const outer = new ColumnTransformer({
      transformers: [
        ['row', pipeline([inner, new Normalizer()]), ['age', 'job']],
        ['age', new MinMaxScaler({ clip: true }), ['age']],
      ],
    })
    const rows = [20, 30, 40, 50].map((age, k) => ({ age, job: k % 2 ? 'cook' : 'clerk' }))
    const model = (await pipeline([outer]).fit(rows)) as unknown as Prepared
    const again = await fromOnnx<Prepared>(await toOnnx(model as never))
    const later = [...rows, { age: 99, job: 'pilot' }]
    expect(distance((await again.transform(later)).data, (await model.transform(later)).data)).toBeLessThan(1e-6)
  })

  it('is refused after another one, and where its columns are taken apart', async () => {
    const twice = await pipeline([new Normalizer(), new Normalizer({ norm: 'max' })]).fit(whole)
    await expect(fromOnnx(await toOnnx(twice))).rejects.toThrow('node "normalizer-2/div" (Div): no layer')
    const inTwo = new ColumnTransformer({ transformers: [['some', 'passthrough', [2, 0]]] })
    const some = await pipeline([new Normalizer(), inTwo]).fit(whole)
    await expect(fromOnnx(await toOnnx(some))).rejects.toThrow(
      'node "normalizer/div" (Div): its columns are taken apart before the network',
    )
  })
})

type Person = { age: number | null; name: string | null; city: string | null; member: number | null; score: number }
const people = Array.from({ length: 160 }, (_, i): Person => {
  const draw = uniforms(i + 1)
  const pick = Math.floor(5 * draw())
  return {
    age: draw() < 0.1 ? null : Math.round(60 * draw()),
    name: pick === 4 ? null : ['ada', 'bob', 'cleo', 'dan'][pick]!,
    city: draw() < 0.1 ? null : draw() < 0.5 ? 'Kyiv' : draw() < 0.7 ? 'Oslo' : 'Rome',
    member: draw() < 0.1 ? null : Number(draw() < 0.5),
    score: 3 * draw(),
  }
})
const strangers: Person[] = [
  ...people.slice(100),
  { age: null, name: 'zoe', city: 'Lima', member: null, score: 0 },
  { age: 200, name: null, city: null, member: 1, score: 9 },
]
const known = Table.fromRows(people.slice(0, 100))
const scores = people.slice(0, 100).map(({ score }) => score)

const columns = () =>
  new ColumnTransformer({
    transformers: [
      ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['age', 'score']],
      ['one', new OneHotEncoder({ handleUnknown: 'ignore' }), ['name', 'member']],
      [
        'filled',
        pipeline([
          new SimpleImputer<Table>({ strategy: 'mostFrequent' }),
          new OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -1 }),
        ]),
        ['city'],
      ],
      ['mean', new TargetEncoder({ seed: 1 }), ['city']],
      ['quantiles', pipeline([new SimpleImputer(), new QuantileTransformer({ nQuantiles: 20, seed: 1 })]), ['age']],
    ],
  })

/** What this file calls of a pipeline of a classifier or a regressor. */
interface Fitted {
  readonly featureNamesIn: readonly string[] | undefined
  fit(x: Table, y: unknown): Promise<Fitted>
  predict(rows: unknown): Promise<ArrayLike<unknown>>
  predictProba(rows: unknown): Promise<{ data: Float32Array }>
  predictSync(row: unknown): unknown
}

const fitted = (last: object, y: unknown): Promise<Fitted> =>
  (pipeline([columns(), last] as never) as unknown as Fitted).fit(known, y)
const roundTrip = async (model: Fitted) => (await fromOnnx(await toOnnx(model as never))) as unknown as Fitted

describe('a pipeline comes back from ONNX', () => {
  const hidden = [layers.dense({ units: 8, activation: 'gelu' })]
  const classifiers = [
    ['MLPClassifier', () => new MLPClassifier({ maxIter: 20, seed: 1 })],
    ['NetworkClassifier', () => new NetworkClassifier({ layers: hidden, seed: 1 })],
    ['SGDClassifier', () => new SGDClassifier({ loss: 'logLoss', seed: 1 })],
  ] as const
  const words = scores.map((score) => (score > 1.5 ? 'yes' : 'no'))
  const tens = scores.map((score) => 10 * Math.floor(score))

  it.each(classifiers)('with its labels: %s', async (kind, make) => {
    for (const labels of [words, scores.map((score) => score > 1.5), ...(kind === 'SGDClassifier' ? [] : [tens])]) {
      const model = await fitted(make(), labels)
      const again = await roundTrip(model)
      expect(await again.predict(strangers)).toEqual(await model.predict(strangers))
      const expected = (await model.predictProba(strangers)).data
      expect(distance((await again.predictProba(strangers)).data, expected)).toBeLessThan(1e-6)
      expect(again.predictSync(strangers[0])).toEqual(model.predictSync(strangers[0]))
      expect(again.featureNamesIn).toEqual(known.names)
    }
  })

  it('with numbers, and with a target that was scaled', async () => {
    const y = scores.map((score) => 100 + 20 * score)
    const regressor = new MLPRegressor({ maxIter: 5, seed: 1 })
    const scaled = new TransformedTargetRegressor({ regressor, transformer: new StandardScaler() })
    for (const last of [new MLPRegressor({ maxIter: 5, seed: 1 }), new SGDRegressor({ seed: 1 }), scaled]) {
      const model = await fitted(last, y)
      const again = await roundTrip(model)
      expect(distance(await again.predict(strangers), await model.predict(strangers))).toBeLessThan(1e-6)
    }
  })

  it('with the labels of a classifier without probabilities', async () => {
    const model = await fitted(new SGDClassifier({ seed: 1 }), tens)
    expect(await (await roundTrip(model)).predict(strangers)).toEqual(await model.predict(strangers))
  })

  it('and goes there again, and fits anew', async () => {
    const model = await fitted(new MLPClassifier({ maxIter: 20, seed: 1 }), words)
    const again = await roundTrip(model)
    expect(await (await roundTrip(again)).predict(strangers)).toEqual(await model.predict(strangers))
    await again.fit(known, words)
    expect(await again.predict(strangers)).toHaveLength(strangers.length)
  })
})

describe('fromOnnx refuses', () => {
  it('columns that are mixed before they are encoded', async () => {
    const steps = [
      columns(),
      new QuantileTransformer({ nQuantiles: 5, seed: 1 }),
      new MLPRegressor({ maxIter: 1 }),
    ] as const
    const model = await pipeline(steps as never).fit(known as never, scores as never)
    await expect(fromOnnx(await toOnnx(model as never))).rejects.toThrow(
      /node ".*" \(\w+\): column \d+ of its result from column "\w+": no transformer of perceptra computes it/,
    )
  })

  it('a target that went through a function', async () => {
    const regressor = new MLPRegressor({ maxIter: 1, seed: 1 })
    const target = new TransformedTargetRegressor({ regressor, transformer: new FunctionTransformer({ func: 'cbrt' }) })
    const model = await pipeline([columns(), target]).fit(known, scores)
    await expect(fromOnnx(await toOnnx(model))).rejects.toThrow(
      /node "transformedtargetregressor\/.*no layer of perceptra computes it/,
    )
  })

  it('layers of members, by the name of a node', async () => {
    const byMembers = tableNetworks.filter(([name]) => name.includes('member'))
    expect(byMembers).toHaveLength(7)
    for (const [name, model] of byMembers) {
      await expect(fromOnnx(await toOnnx(model)), name).rejects.toThrow(
        /cannot be read as ONNX: node "(columns|member|dense).*" \(\w+\): /,
      )
    }
  })
})

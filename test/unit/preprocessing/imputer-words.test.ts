import { describe, expect, it } from 'vitest'
import {
  ArgumentError,
  load,
  MLPClassifier,
  type Pipeline,
  pipeline,
  preprocessing,
  Table,
  transformerFromJSON,
} from '../../../lib/index.js'

const { ColumnTransformer, OneHotEncoder, OrdinalEncoder, SimpleImputer, StandardScaler } = preprocessing
const jobs = [
  { age: 20, job: 'cook' },
  { age: 30, job: null },
  { age: null, job: 'clerk' },
  { age: 50, job: 'cook' },
]
const labels = ['a', 'b', 'b', 'a']
const words = { strategy: 'constant', fillValue: 'missing' } as const
const classifier = () => new MLPClassifier({ hiddenLayerSizes: [2], solver: 'lbfgs', seed: 1, maxIter: 20 })
const columns = () =>
  new ColumnTransformer({
    transformers: [
      ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['age']],
      ['cat', pipeline([new SimpleImputer(words), new OneHotEncoder()]), ['job']],
    ],
  })

describe('SimpleImputer of words', () => {
  it('returns a Table with the names and kinds of the columns in fit', async () => {
    const imputer = new SimpleImputer<Table>({ strategy: 'mostFrequent' })
    const table = await imputer.fitTransform(jobs)
    expect([...table]).toEqual([
      { age: 20, job: 'cook' },
      { age: 30, job: 'cook' },
      { age: 20, job: 'clerk' },
      { age: 50, job: 'cook' },
    ])
    expect(table.kind('age')).toBe('number')
    expect(imputer.statistics).toEqual([20, 'cook'])
    expect([...(await imputer.transform([{ job: undefined, age: null }]))]).toEqual([{ age: 20, job: 'cook' }])
    expect(imputer.transformSync({ job: null, age: 3 })).toEqual([3, 'cook'])
    expect([...imputer.transformSync(jobs)]).toEqual([...table])
  })

  it.each(['mostFrequent', 'constant'] as const)(
    'takes words of a batch after one of nulls alone: %s',
    async (strategy) => {
      const batches = [
        [
          { job: null, age: null },
          { job: null, age: 4 },
        ],
        [
          { job: 'cook', age: 5 },
          { job: 'cook', age: 4 },
        ],
        [{ job: null, age: null }],
      ]
      const options = { strategy, addIndicator: true, ...(strategy === 'constant' && { fillValue: 'none' }) }
      const jobs = batches.map((batch) => batch.map(({ job }) => ({ job })))
      const imputer = await new SimpleImputer<Table>(options).fit(jobs.values())
      const whole = await new SimpleImputer<Table>(options).fit(jobs.flat())
      expect(imputer.toJSON()).toEqual(whole.toJSON())
      expect(imputer.transformSync(jobs[0]!)).toEqual(whole.transformSync(jobs[0]!))
      if (strategy === 'constant') return
      const both = await new SimpleImputer<Table>(options).fit(batches.values())
      expect(both.statistics).toEqual(['cook', 4])
      expect(both.toJSON()).toEqual((await new SimpleImputer<Table>(options).fit(batches.flat())).toJSON())
    },
  )

  it('counts batches, and keeps the empty string as an entry', async () => {
    const batches = [
      [[''], [null]],
      [['b'], ['']],
      [['b'], ['a']],
    ]
    const imputer = await new SimpleImputer<Table>({ strategy: 'mostFrequent' }).fit(batches.values())
    expect(imputer.statistics).toEqual([''])
    expect(imputer.transformSync([null])).toEqual([''])
  })

  it('imputes booleans beside strings', async () => {
    const rows = [
      ['x', true],
      [null, null],
      ['x', false],
      ['y', true],
    ]
    const imputer = new SimpleImputer<Table>({ strategy: 'mostFrequent', addIndicator: true })
    const table = await imputer.fitTransform(rows)
    expect(table.row(1)).toEqual({ x0: 'x', x1: true, missingindicator_x0: true, missingindicator_x1: true })
    expect(imputer.indicatorFeatures).toEqual([0, 1])
  })

  it('restores from JSON, and reads the JSON of older versions', async () => {
    const imputer = await new SimpleImputer<Table>({ ...words, addIndicator: true }).fit([
      ['a', null],
      [null, null],
    ])
    const again = transformerFromJSON(JSON.parse(JSON.stringify(imputer))) as typeof imputer
    expect(again.statistics).toEqual(['missing', null])
    expect(again.transformSync([null, null])).toEqual(imputer.transformSync([null, null]))
    const old = {
      kind: 'SimpleImputer',
      params: { strategy: 'constant', fillValue: 3, addIndicator: false, keepEmptyFeatures: false },
      state: { nFeaturesIn: 2, featureNamesIn: null, statistics: [3, { number: 'NaN' }], missing: [true, true] },
    }
    expect(SimpleImputer.fromJSON(old).transformSync([null, 1])).toEqual(Float32Array.of(3))
    const corrupt = { ...old, state: { ...old.state, statistics: ['a', {}] } }
    expect(() => SimpleImputer.fromJSON(corrupt)).toThrow('statistics[1]')
  })

  const failures: [string, preprocessing.SimpleImputerOptions, unknown, string][] = [
    [
      'the mean of strings',
      {},
      jobs,
      "The strategy 'mean' needs numbers: encode the column, or use 'mostFrequent' or 'constant'",
    ],
    ['a string for numbers', words, [[1], [null]], 'a number as fillValue for column "x0"'],
    ['a number for strings', { ...words, fillValue: 3 }, [['a'], [null]], 'a string as fillValue for column "x0"'],
    ['a mark beside strings', { ...words, missingValues: -1 }, [['a'], [null]], 'NaN for columns of strings'],
    ['batches of two kinds', { strategy: 'mostFrequent' }, [[['a', 'b']], [['a', 1]]].values(), 'entries of one kind'],
    ['dates', words, [[new Date(0)]], 'dates'],
  ]
  it.each(failures)('rejects %s', async (_, options, rows, message) => {
    const fit = new SimpleImputer(options).fit(rows as never)
    await expect(fit).rejects.toThrow(ArgumentError)
    await expect(fit).rejects.toThrow(message)
  })

  it('rejects an entry of another kind than in fit with its row and column', async () => {
    const imputer = await new SimpleImputer<Table>(words).fit([{ job: 'cook' }, { job: null }])
    const transform = imputer.transform([{ job: 'x' }, { job: 4 }])
    await expect(transform).rejects.toMatchObject({ row: 1, column: 'job' })
    await expect(transform).rejects.toThrow('Expected a string or null for row 1, column "job" of x')
    expect(() => imputer.transformSync({ job: 4 })).toThrow('a string or null for row 0')
    await expect(imputer.inverseTransform([[1]])).rejects.toThrow(ArgumentError)
  })

  it('rejects an indicator with the name of a column', async () => {
    const rows = Table.from({ a: ['x', null], missingindicator_a: ['y', 'z'] })
    const imputer = new SimpleImputer({ ...words, addIndicator: true })
    await expect(imputer.fitTransform(rows)).rejects.toThrow('two results of SimpleImputer are "missingindicator_a"')
  })
})

describe('words between steps', () => {
  it('gives the estimator what the steps give in a row', async () => {
    const model = await pipeline([columns(), classifier()]).fit(jobs, labels)
    const imputed = await new SimpleImputer<Table>(words).fitTransform(Table.fromRows(jobs).select(['job']))
    const oneHot = await new OneHotEncoder().fitTransform(imputed)
    const transformed = await model.transform(jobs)
    for (const [i, row] of transformed.toArray().entries()) expect(row.slice(1)).toEqual(oneHot.toArray()[i])
    expect(model.featureNamesOut()).toEqual(['num__age', 'cat__job_clerk', 'cat__job_cook', 'cat__job_missing'])
    const predictions = await model.predict(jobs)
    expect(jobs.map((row) => model.predictSync(row))).toEqual([...predictions])
    expect(model.transformSync({ age: 20, job: null })).toEqual(
      (await model.transform([{ age: 20, job: null }])).row(0),
    )
  })

  it('saves and loads a pipeline of words', async () => {
    const model = await pipeline([columns(), classifier()], { missingColumns: 'impute' }).fit(jobs, labels)
    const loaded = (await load(model.toBytes())) as Pipeline<MLPClassifier<string>>
    expect(await loaded.predictProba(jobs)).toEqual(await model.predictProba(jobs))
    expect(loaded.predictSync({ age: 20 } as never)).toBe(model.predictSync({ age: 20, job: null }))
    expect(await loaded.predict(Table.from({ age: [20] }))).toEqual(await model.predict([{ age: 20, job: null }]))
  })

  it('passes words through several steps, and through a pipeline as a step', async () => {
    const inner = pipeline([new SimpleImputer({ strategy: 'mostFrequent' })])
    const model = await pipeline([inner, new SimpleImputer(words), new OrdinalEncoder()]).fit([['b'], [null], ['a']])
    expect((await model.transform([[null], ['b']])).toArray()).toEqual([[0], [1]])
    expect(model.transformSync([null])).toEqual(Float32Array.of(0))
    expect((await model.fitTransform([['b'], [null], ['a']])).toArray()).toEqual([[1], [0], [0]])
  })

  it('takes a Table from a transformer of the user', async () => {
    const step = new SimpleImputer<Table>(words)
    const foreign = () => ({
      isFitted: true,
      nFeaturesIn: 1,
      fit: (x: never) => step.fit(x),
      fitTransform: (x: never) => step.fitTransform(x),
      transform: (x: never) => step.transform(x),
      transformSync: (x: never) => step.transformSync(x),
      featureNamesOut: () => step.featureNamesOut(),
      getParams: () => ({}),
      setParams: () => ({}),
      clone: foreign,
      toJSON: () => step.toJSON(),
    })
    const model = await pipeline([foreign(), new OneHotEncoder()]).fit([{ job: 'a' }, { job: null }])
    expect((await model.transform([{ job: null }])).toArray()).toEqual([[0, 1]])
    expect(model.transformSync({ job: 'a' })).toEqual(Float32Array.of(1, 0))
  })

  it('rejects words for an estimator before it trains, and as the result of a pipeline', async () => {
    const model = pipeline([new SimpleImputer(words), classifier()])
    const fit = model.fit([['a'], [null]], ['x', 'y'])
    await expect(fit).rejects.toThrow(ArgumentError)
    await expect(fit).rejects.toThrow(
      'numbers for "mlpclassifier", but the last transformer returns words. Add an encoder',
    )
    expect(model.isFitted).toBe(false)
    const transforming = await pipeline([new SimpleImputer(words)]).fit([['a'], [null]])
    await expect(transforming.transform([['a']])).rejects.toThrow('Add an encoder')
    expect(() => transforming.transformSync(['a'])).toThrow('Add an encoder')
  })

  it('rejects a part of a ColumnTransformer that returns words', async () => {
    const parts = new ColumnTransformer({ transformers: [['cat', new SimpleImputer(words), ['job']]] })
    await expect(parts.fitTransform(jobs)).rejects.toThrow('numbers from the part "cat" of ColumnTransformer')
    await parts.fit(jobs)
    await expect(parts.transform(jobs)).rejects.toThrow('a pipeline that ends with an encoder')
    expect(() => parts.transformSync(jobs[0]!)).toThrow('a pipeline that ends with an encoder')
  })
})

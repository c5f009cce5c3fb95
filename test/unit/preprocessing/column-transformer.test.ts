import { describe, expect, it } from 'vitest'
import { ArgumentError, Matrix, pipeline, preprocessing, Table, transformerFromJSON } from '../../../lib/index.js'
import { fixture } from '../../parity/support.js'

const p = preprocessing
const rows = [
  { age: 20, job: 'cook', paid: true },
  { age: 40, job: null, paid: false },
  { age: null, job: 'clerk', paid: true },
]
const parts = () =>
  [
    ['num', pipeline([new p.SimpleImputer(), new p.StandardScaler()]), ['age']],
    ['cat', new p.OneHotEncoder({ handleUnknown: 'ignore' }), ['job']],
  ] as const

describe('scikit-learn: ColumnTransformer', () => {
  const { cases } = fixture<{
    cases: {
      remainder: 'drop' | 'passthrough'
      verbose: boolean
      rows: (number | string | null)[][]
      columns: string[]
      out: (number | null)[][]
      names: string[]
    }[]
  }>('preprocessing-columns.json')
  it.each(cases)('remainder $remainder, verbose names $verbose', async (one) => {
    const columns = new p.ColumnTransformer({
      transformers: [
        ['num', pipeline([new p.SimpleImputer({ addIndicator: true }), new p.StandardScaler()]), ['c0', 'c4', 'c6']],
        ['cat', new p.OneHotEncoder({ handleUnknown: 'ignore' }), 'colour'],
        ['as', 'passthrough', ['c2']],
        ['no', 'drop', ['c1']],
      ],
      remainder: one.remainder,
      verboseFeatureNamesOut: one.verbose,
    })
    const table = Table.from(Object.fromEntries(one.columns.map((name, j) => [name, one.rows.map((row) => row[j]!)])))
    const out = await columns.fitTransform(table)
    expect([out.rows, out.cols]).toEqual([one.out.length, one.out[0]!.length])
    for (const [i, row] of one.out.entries()) {
      for (const [j, value] of row.entries()) {
        if (value === null) expect(out.at(i, j)).toBeNaN()
        else expect(Math.abs(out.at(i, j) - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)))
      }
    }
    expect(await columns.transform(table)).toEqual(out)
    expect(columns.featureNamesOut()).toEqual(one.names.map((name) => name.replace(/_nan$/, '_null')))
    expect(columns.transformSync(table.row(3))).toEqual(out.row(3))
    const again = transformerFromJSON(JSON.parse(JSON.stringify(columns)))
    expect(again.transformSync(table)).toEqual(out)
    expect(again.featureNamesOut()).toEqual(columns.featureNamesOut())
  })
})

describe('ColumnTransformer', () => {
  it('selects columns by name, place, kind and pattern', async () => {
    const table = Table.fromRows(rows)
    expect(p.makeColumnSelector({ kind: 'number' })(table)).toEqual(['age'])
    expect(p.makeColumnSelector({ kind: ['string', 'boolean'] })(table)).toEqual(['job', 'paid'])
    expect(p.makeColumnSelector({ pattern: /^.a/g })(table)).toEqual(['paid'])
    expect(p.makeColumnSelector()(table)).toEqual(table.names)
    for (const columns of [['age', 'paid'], [0, 2], [0, -1], p.makeColumnSelector({ kind: ['number', 'boolean'] })]) {
      const model = new p.ColumnTransformer({ transformers: [['as', 'passthrough', columns]] })
      const out = await model.fitTransform(rows)
      expect(out.toArray()).toEqual([
        [20, 1],
        [40, 0],
        [Number.NaN, 1],
      ])
      const again = p.ColumnTransformer.fromJSON(JSON.parse(JSON.stringify(model)))
      expect(again.transformSync(rows)).toEqual(out)
    }
  })

  it('fits clones of its transformers, which namedTransformers gives', async () => {
    const scaler = new p.StandardScaler()
    const model = new p.ColumnTransformer({ transformers: [['num', scaler, ['age']]], remainder: 'drop' })
    await model.fit(rows)
    expect(scaler.isFitted).toBe(false)
    expect((model.namedTransformers.num as typeof scaler).mean![0]).toBe(30)
    expect(model.nFeaturesIn).toBe(3)
    expect(model.featureNamesIn).toEqual(['age', 'job', 'paid'])
    // Columns without a part may be missing.
    expect(model.transformSync({ age: 30 })).toEqual(Float32Array.of(0))
    expect(() => model.transformSync({ job: 'cook' })).toThrow(
      'Expected the columns of fit for row 0 of x, but got no column "age"',
    )
  })

  it('takes rows without names', async () => {
    const model = new p.ColumnTransformer({
      transformers: [['scale', new p.StandardScaler(), [1]]],
      remainder: new p.MinMaxScaler(),
    })
    const out = await model.fitTransform(
      Matrix.from([
        [1, 2],
        [3, 6],
      ]),
    )
    expect(out.toArray()).toEqual([
      [-1, 0],
      [1, 1],
    ])
    expect(model.featureNamesIn).toBeUndefined()
    expect(model.featureNamesOut()).toEqual(['scale__x1', 'remainder__x0'])
    expect(model.featureNamesOut(['a', 'b'])).toEqual(['scale__b', 'remainder__a'])
    expect((model.namedTransformers.scale as InstanceType<typeof p.StandardScaler>).featureNamesIn).toBeUndefined()
    expect(model.transformSync([3, 6])).toEqual(out.row(1))
    expect(() => model.transformSync([3])).toThrow('rows of 2 columns')
    const mixed = new p.ColumnTransformer({ transformers: [['cat', new p.OneHotEncoder(), [0]]] })
    expect(
      (
        await mixed.fitTransform([
          ['a', 1],
          ['b', 2],
        ])
      ).toArray(),
    ).toEqual([
      [1, 0],
      [0, 1],
    ])
  })

  it('fitTransform gives y to its parts and uses their fitTransform', async () => {
    const encoder = () => new p.TargetEncoder({ cv: 2, shuffle: false })
    const x = [['a'], ['a'], ['b'], ['b']]
    const target = [1.5, 2, 3.5, 9]
    const model = new p.ColumnTransformer({ transformers: [['te', encoder(), [0]]] })
    expect(await model.fitTransform(x, target)).toEqual(await encoder().fitTransform(x, target))
    expect(await model.transform(x)).toEqual(await (await encoder().fit(x, target)).transform(x))
  })

  it('reads and sets parameters of its parts', async () => {
    const model = new p.ColumnTransformer({ transformers: parts() })
    expect(model.getParams()['num.standardscaler.withMean']).toBe(true)
    model.setParams({ 'num.standardscaler.withMean': false, remainder: 'passthrough', 'cat.drop': 'first' })
    const copy = model.clone()
    expect(copy.getParams()['num.standardscaler.withMean']).toBe(false)
    copy.setParams({ 'cat.drop': null })
    expect(model.getParams()['cat.drop']).toBe('first')
    expect(() => model.setParams({ 'nub.x': 1 })).toThrow('Unknown option "nub"')
    expect(() => model.setParams({ 'cat.dropp': 1 })).toThrow('Did you mean drop?')
    expect(() => model.setParams(3 as never)).toThrow('an object of parameters')
    const before = model.getParams()
    const wrong = { remainder: 'drop', 'num.standardscaler.withMean': true, 'cat.drop': 'last' } as never
    expect(() => model.setParams(wrong)).toThrow('drop')
    expect(model.getParams()).toEqual(before)
  })

  it('setParams replaces parts, their parameters and those of the remainder', () => {
    const model = new p.ColumnTransformer({ transformers: parts(), remainder: new p.QuantileTransformer() })
    expect(model.getParams()).toMatchObject({ 'remainder.seed': null, 'num.standardscaler.withMean': true })
    model.setParams({ num: new p.RobustScaler(), 'num.smoothClip': true, 'remainder.seed': 3 })
    expect(model.getParams()).toMatchObject({ 'remainder.seed': 3, 'num.smoothClip': true })
    expect(model.getParams().transformers.map(([name, , columns]) => [name, columns])).toEqual([
      ['num', ['age']],
      ['cat', ['job']],
    ])
    const named = new p.ColumnTransformer({ transformers: [['toString', new p.StandardScaler(), ['age']]] })
    expect(named.setParams({ 'toString.withMean': false }).getParams()['toString.withMean']).toBe(false)
    const other = new p.StandardScaler()
    model.setParams({ transformers: [['num', other, ['age']]], 'num.withMean': false })
    expect(other.getParams().withMean).toBe(false)
    const again = new p.ColumnTransformer().setParams(model.getParams() as never)
    expect(again.getParams()).toEqual(model.getParams())
    expect(() => model.setParams({ remainder: 'drop', 'remainder.seed': 4 })).toThrow(
      'Expected a transformer with parameters for remainder, but got "drop"',
    )
  })

  it('tells where its parts belong when they come without a name', () => {
    const parts = [['num', new p.StandardScaler(), ['a']]]
    expect(() => new p.ColumnTransformer(parts as never)).toThrow(
      'Expected an object for ColumnTransformer, but got an array of 1. Its parts are an option: { transformers: [[name, transformer, columns], ...] }.',
    )
  })

  it('keeps its state when a fit fails', async () => {
    const model = await new p.ColumnTransformer({ transformers: parts() }).fit(rows)
    const before = model.transformSync(rows)
    await expect(model.fit([{ age: 'x', job: 'cook' }])).rejects.toThrow('numbers or booleans for column "age"')
    const reason = new Error('enough')
    await expect(model.fit(rows, undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(model.transform(rows, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(model.transformSync(rows)).toEqual(before)
  })

  it.each<[string, () => unknown, string]>([
    [
      'a pair in place of a triple',
      () => [['num', 'drop']],
      'Expected [name, transformer, columns] for transformers[0]',
    ],
    ['a name with a dot', () => [['a.b', 'drop', ['age']]], 'a string without a dot'],
    ['__proto__ as a name', () => [['__proto__', 'drop', ['age']]], "other than '__proto__'"],
    ['a reserved name', () => [['remainder', 'drop', ['age']]], 'a name that is not taken'],
    [
      'two parts of one name',
      () => [
        ['a', 'drop', []],
        ['a', 'drop', []],
      ],
      'a name that is not taken',
    ],
    ['no transformer', () => [['a', {}, ['age']]], "a transformer, 'passthrough' or 'drop'"],
    ['no columns', () => [['a', 'drop', 7]], 'names or places of columns'],
    ['mixed columns', () => [['a', 'drop', ['age', 1]]], 'names or places of columns'],
    ['no array', () => 'drop', "an array of [name, transformer (or 'passthrough', 'drop'), columns]"],
  ])('refuses %s', (_, make, message) => {
    const create = () => new p.ColumnTransformer({ transformers: make() as never })
    expect(create).toThrow(ArgumentError)
    expect(create).toThrow(message)
  })

  it.each<[string, unknown, string]>([
    ['an unknown column', ['ages'], 'columns among "age", "job", "paid" for the columns of a, but got "ages"'],
    ['a place beyond the end', [3], 'but got 3'],
    ['a column twice', ['age', 0].slice(0, 1).concat('age'), 'each column once'],
    ['strings with passthrough', ['job'], 'numbers or booleans for column "job"'],
    ['no columns at all', [], 'all columns are dropped'],
  ])('refuses to fit %s', async (_, columns, message) => {
    const model = new p.ColumnTransformer({ transformers: [['a', 'passthrough', columns as never]] })
    await expect(model.fit(rows)).rejects.toThrow(message)
  })

  it('refuses use before fit, wrong selectors, batches, equal names and functions in JSON', async () => {
    const model = new p.ColumnTransformer({ transformers: parts(), verboseFeatureNamesOut: false })
    expect(() => model.transformSync(rows)).toThrow(expect.objectContaining({ code: 'ERR_NOT_FITTED' }))
    expect(() => new p.ColumnTransformer({ remainder: 3 as never })).toThrow('for the transformer of remainder')
    expect(() => p.makeColumnSelector({ kind: 'text' as never })).toThrow('one of number, string')
    expect(() => p.makeColumnSelector({ pattern: 'a' as never })).toThrow('a RegExp for pattern')
    await expect(model.fit(new Set([rows]) as never)).rejects.toThrow('cannot learn from batches')
    const same = new p.ColumnTransformer({
      transformers: [
        ['a', new p.StandardScaler(), ['age']],
        ['b', new p.MinMaxScaler(), ['age']],
      ],
      verboseFeatureNamesOut: false,
    })
    await same.fit(rows)
    expect(() => same.featureNamesOut()).toThrow('two results are "age"')
    const byFunction = new p.ColumnTransformer({ transformers: [['a', 'drop', () => ['age']]] })
    expect(() => byFunction.toJSON()).toThrow('before fit a function cannot be written')
  })

  it('refuses corrupt JSON', async () => {
    const model = await new p.ColumnTransformer({ transformers: [['num', new p.StandardScaler(), ['age']]] }).fit(rows)
    const good = JSON.parse(JSON.stringify(model)) as { params: object; state: { parts: Record<string, unknown>[] } }
    const withPart = (change: object) => ({
      ...good,
      state: { ...good.state, parts: [{ ...good.state.parts[0], ...change }] },
    })
    const bad: [object, string][] = [
      [withPart({ places: [3] }), 'an integer from 0 to 2 for places of parts[0][0], but got 3'],
      [withPart({ places: [0, 1] }), '1 places that differ'],
      [withPart({ transformer: { kind: 'Eval', params: {}, state: null } }), 'one of StandardScaler'],
      [withPart({ transformer: new p.StandardScaler().toJSON() }), 'Could not read nFeaturesIn'],
      [{ ...good, state: { ...good.state, parts: [] } }, 'at least one fitted part'],
      [{ ...good, params: {} }, 'transformers in params'],
      [{ ...good, kind: 'Pipeline' }, 'Unknown option "transformers" for params'],
    ]
    for (const [json, message] of bad) expect(() => transformerFromJSON(json)).toThrow(message)
    let deep: unknown = 1
    for (let k = 0; k < 5000; k++) deep = [deep]
    expect(() => transformerFromJSON({ ...good, params: { transformers: deep } })).toThrow('at most 200 levels')
  })
})

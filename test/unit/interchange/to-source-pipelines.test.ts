import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MLPClassifier, MLPRegressor, pipeline, preprocessing, SGDClassifier, type Table } from '../../../lib/index.js'
import { toSource } from '../../../lib/interchange/source/to-source.js'
import { functionCodes } from '../../../lib/interchange/source/transformers.js'
import { flag, literal, number } from '../../../lib/interchange/source/writer.js'
import type { TransformerLike } from '../../../lib/preprocessing/transformer-like.js'
import { expectClose } from './close.js'
import { runSource, type SourceExports } from './run-source.js'

const p = preprocessing
type Cell = string | number | boolean | null

const numbers = Array.from({ length: 40 }, (_, i) => [
  i % 7 === 3 ? Number.NaN : Math.sin(i) * 50,
  Math.cos(i) ** 3,
  i % 5 === 0 ? Number.NaN : i % 4,
])
const words: Cell[][] = numbers.map((_, i) => [
  ['red', 'green', 'blue', 'rare'][i === 9 ? 3 : i % 3]!,
  i % 6 === 2 ? null : i % 2 === 0,
  i % 9 === 4 ? null : (i % 4) - 1,
])
const y = numbers.map(([, b], i) => (b! > 0.2 ? 'high' : i % 3 === 0 ? 'low' : 'none'))

/** What a call gives: its numbers, its label, or the fact that it throws. */
function outcome(call: () => unknown): unknown {
  try {
    const result = call()
    return ArrayBuffer.isView(result) || Array.isArray(result) ? Array.from(result as number[]) : result
  } catch {
    return 'throws'
  }
}

/** Expects the results of a module and of a model for a row to be the same, or both to throw. */
function expectSame(actual: () => unknown, expected: () => unknown): void {
  const [one, other] = [outcome(actual), outcome(expected)]
  if (Array.isArray(other) && Array.isArray(one)) expectClose(one as number[], other as number[])
  else expect(one).toEqual(other)
}

const scalers: Record<string, () => TransformerLike> = {
  StandardScaler: () => new p.StandardScaler(),
  'StandardScaler without the mean': () => new p.StandardScaler({ withMean: false }),
  'StandardScaler without the deviation': () => new p.StandardScaler({ withStd: false }),
  MinMaxScaler: () => new p.MinMaxScaler({ featureRange: [-2, 3] }),
  'MinMaxScaler with clip': () => new p.MinMaxScaler({ clip: true }),
  RobustScaler: () => new p.RobustScaler(),
  'RobustScaler, smooth': () => new p.RobustScaler({ smoothClip: true, unitVariance: true, withCentering: false }),
  'RobustScaler without scaling': () => new p.RobustScaler({ withScaling: false }),
  QuantileTransformer: () => new p.QuantileTransformer({ nQuantiles: 15, seed: 1 }),
  'QuantileTransformer, normal': () =>
    new p.QuantileTransformer({ nQuantiles: 15, outputDistribution: 'normal', seed: 1 }),
  'SimpleImputer of means': () => new p.SimpleImputer(),
  'SimpleImputer of medians, with indicators': () => new p.SimpleImputer({ strategy: 'median', addIndicator: true }),
  'SimpleImputer of a constant': () => new p.SimpleImputer({ strategy: 'constant', fillValue: -7 }),
  'FunctionTransformer cbrt': () => new p.FunctionTransformer({ func: 'cbrt' }),
  'a pipeline': () => pipeline([new p.SimpleImputer(), new p.StandardScaler()]),
  'a ColumnTransformer': () =>
    new p.ColumnTransformer({
      transformers: [['a', new p.SimpleImputer({ addIndicator: true }), [2, 0]]],
      remainder: 'passthrough',
    }),
}

describe.each(Object.entries(scalers))('toSource of %s', (_, make) => {
  it('transforms random rows of numbers as it does', async () => {
    const transformer = await make().fit(numbers)
    const { transform } = runSource(toSource(transformer))
    const cell = fc.oneof(
      fc.double({ min: -1e4, max: 1e4 }),
      fc.constantFrom(...numbers.flat(), null, Number.NaN, Infinity, 0, -0),
    )
    const run = fc.property(fc.array(cell, { minLength: 3, maxLength: 3 }), (row) =>
      expectSame(
        () => transform(row),
        () => (transformer as preprocessing.StandardScaler).transformSync(row),
      ),
    )
    fc.assert(run, { numRuns: 300 })
    expect(() => transform([1, 2])).toThrow('Expected a row of 3 values, but got 2.')
  })
})

describe('toSource of a Normalizer', () => {
  it.each([['l1'], ['l2'], ['max']] as const)('of %s transforms random rows as it does', async (norm) => {
    const transformer = await new p.Normalizer({ norm }).fit([[1, 2, 3]])
    const { transform } = runSource(toSource(transformer))
    const cell = fc.oneof(fc.double({ min: -1e4, max: 1e4 }), fc.constantFrom(null, Number.NaN, 0, -0, 1e-17))
    const run = fc.property(fc.array(cell, { minLength: 3, maxLength: 3 }), (row) =>
      expectSame(
        () => transform(row),
        () => transformer.transformSync(row as number[]),
      ),
    )
    fc.assert(run, { numRuns: 300 })
    expect(Array.from(transform([0, 0, 0]) as Float32Array)).toEqual([0, 0, 0])
    expect(() => transform([1, null, 2])).toThrow('Expected a number in column 1, but it is missing.')
  })
})

const encoders: Record<string, () => TransformerLike> = {
  OneHotEncoder: () => new p.OneHotEncoder(),
  'OneHotEncoder that ignores': () => new p.OneHotEncoder({ handleUnknown: 'ignore' }),
  'OneHotEncoder without the first': () => new p.OneHotEncoder({ drop: 'first', handleUnknown: 'ignore' }),
  'OneHotEncoder without one of two': () => new p.OneHotEncoder({ drop: 'ifBinary' }),
  'OneHotEncoder with rare ones': () =>
    new p.OneHotEncoder({ minFrequency: 12, handleUnknown: 'infrequentIfExist', drop: 'first' }),
  'OneHotEncoder with few categories': () =>
    new p.OneHotEncoder({ maxCategories: 2, handleUnknown: 'infrequentIfExist' }),
  OrdinalEncoder: () => new p.OrdinalEncoder(),
  'OrdinalEncoder with a code for unknown ones': () =>
    new p.OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -5, encodedMissingValue: -9 }),
  'OrdinalEncoder with NaN for unknown ones': () =>
    new p.OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: Number.NaN, minFrequency: 0.25 }),
  'TargetEncoder of three classes': () => new p.TargetEncoder({ seed: 1 }),
  'words in a pipeline': () =>
    pipeline([
      new p.ColumnTransformer({
        transformers: [
          [
            'words',
            pipeline([
              new p.SimpleImputer<Table>({ strategy: 'mostFrequent', addIndicator: true }) as never,
              new p.OneHotEncoder({ handleUnknown: 'ignore' }),
            ]),
            [0, 1],
          ],
          ['codes', new p.OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: 8 }), [2]],
        ],
      }),
    ]),
}

describe.each(Object.entries(encoders))('toSource of %s', (_, make) => {
  it('encodes random rows as it does, also with missing and unseen categories', async () => {
    const transformer = await make().fit(words as never, y)
    const { transform } = runSource(toSource(transformer))
    const row = fc.tuple(
      fc.constantFrom<Cell>('red', 'green', 'blue', 'rare', 'new', '__proto__', '', null),
      fc.constantFrom<Cell>(true, false, null),
      fc.constantFrom<Cell>(-1, 0, -0, 1, 2, 3, 77, null, Number.NaN),
    )
    const run = fc.property(row, (cells) =>
      expectSame(
        () => transform(cells),
        () => (transformer as preprocessing.OneHotEncoder).transformSync(cells),
      ),
    )
    fc.assert(run, { numRuns: 300 })
  })
})

const people = words.map(([colour, paid, level], i) => ({
  colour,
  paid,
  level,
  size: numbers[i]![0]!,
  'a "b"': numbers[i]![1]!,
}))
const parts = () =>
  new p.ColumnTransformer({
    transformers: [
      [
        'num',
        pipeline([new p.SimpleImputer(), new p.QuantileTransformer({ nQuantiles: 20, seed: 1 })]),
        ['size', 'a "b"'],
      ],
      ['cat', new p.OneHotEncoder({ handleUnknown: 'ignore' }), ['colour', 'paid']],
      ['mean', new p.TargetEncoder({ seed: 1 }), ['level']],
    ],
  })

describe('toSource of a pipeline', () => {
  it.each([
    ['error', 'error'],
    ['ignore', 'error'],
    ['error', 'impute'],
  ] as const)('takes rows by column, unknown ones %s, missing ones %s', async (unknownColumns, missingColumns) => {
    const model = pipeline([parts(), new MLPClassifier({ hiddenLayerSizes: [6], maxIter: 20, seed: 1 })], {
      unknownColumns,
      missingColumns,
    })
    await model.fit(people, y)
    const source = runSource(toSource(model))
    expect([...source.columns]).toEqual(['colour', 'paid', 'level', 'size', 'a "b"'])
    const key = (cells: fc.Arbitrary<unknown>) => fc.option(cells, { nil: undefined, freq: 20 })
    const row = fc.record({
      colour: key(fc.constantFrom('red', 'blue', 'new', null)),
      paid: key(fc.constantFrom(true, false, null)),
      level: key(fc.constantFrom(-1, 1, 5, null)),
      size: key(fc.oneof(fc.double({ min: -60, max: 60, noNaN: true }), fc.constantFrom(null, 'much'))),
      'a "b"': key(fc.double({ min: -1, max: 1, noNaN: true })),
      extra: fc.option(fc.constant(1), { nil: undefined, freq: 10 }),
    })
    const run = fc.property(row, (cells) => {
      const given = Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined))
      expectSame(
        () => source.predict(given),
        () => model.predictSync(given as never),
      )
      expectSame(
        () => source.predictProba(given),
        () => model.predictProbaSync(given as never),
      )
    })
    fc.assert(run, { numRuns: 300 })
    const flat = Object.values(people[5]!)
    expectSame(
      () => source.predictProba(flat),
      () => model.predictProbaSync(people[5] as never),
    )
  })

  it('names the column that is wrong', async () => {
    const model = pipeline([parts(), new SGDClassifier({ seed: 1 })])
    await model.fit(people, y)
    const { predict } = runSource(toSource(model))
    const { size: _, ...rest } = people[0]!
    expect(() => predict(rest)).toThrow('Expected the column "size", but the row lacks it.')
    expect(() => predict({ ...people[0], extra: 1 })).toThrow('Unknown column "extra". The columns are colour, paid')
    expect(() => predict(null)).toThrow(/^Expected an object/)
  })

  it('runs without preparation by column too', async () => {
    const model = pipeline([new MLPRegressor({ hiddenLayerSizes: [3], maxIter: 5, seed: 1 })])
    await model.fit(
      people.map(({ 'a "b"': size }, i) => ({ size, i })),
      numbers.map(([, b]) => b!),
    )
    const { predict } = runSource(toSource(model))
    expectClose([predict({ i: 3, size: 0.5 }) as number], [model.predictSync({ i: 3, size: 0.5 }) as number])
  })

  it('keeps the order of steps whose names are numbers', async () => {
    const model = pipeline([
      ['2', new p.SimpleImputer()],
      ['1', new p.StandardScaler()],
    ])
    await model.fit(numbers)
    const { transform } = runSource(toSource(model))
    expectClose(transform([Number.NaN, 1, 2]), model.transformSync([Number.NaN, 1, 2]))
  })

  it('refuses functions of the user, models that are not fitted, and transformers of others', async () => {
    p.registerFunction('twice', (value) => 2 * value)
    const own = await new p.FunctionTransformer({ func: 'twice' }).fit([[1]])
    expect(() => toSource(own)).toThrow(/no code for the function "twice"/)
    expect(() => toSource(pipeline([new p.StandardScaler()]))).toThrow(/fit\(x, y\) of this Pipeline first/)
  })

  it('has code for every built-in function', () => {
    const names = () => new p.FunctionTransformer({ func: 'no' })
    const list = /one of (.*) for func, but got/
      .exec(outcomeMessage(names))![1]!
      .split(', ')
      .filter((name) => name !== 'twice')
    expect(Object.keys(functionCodes)).toEqual(list)
  })
})

function outcomeMessage(call: () => unknown): string {
  try {
    call()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('text in a source', () => {
  it('gives back any labels, categories and names of columns, and closes no script', async () => {
    const hard = [
      "it's",
      '"',
      '\\',
      '</script><!--',
      '\u2028\u2029',
      '`$' + '{1}`',
      '\n\r\0',
      '\ud83d\ude00',
      '*/',
      '\ud800',
    ]
    const rows = hard.map((word, i) => ({ [hard[3]!]: word, "it's \u2028": i }))
    const model = pipeline([
      new p.ColumnTransformer({
        transformers: [
          ['a', new p.OneHotEncoder(), [hard[3]!]],
          ['b', 'passthrough', ["it's \u2028"]],
        ],
      }),
      new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 5, seed: 1 }),
    ])
    await model.fit(rows, hard)
    const { code, types } = toSource(model, { types: true })
    for (const text of [code, types]) expect(text).not.toMatch(/<\/script|<!--|[\u2028\u2029\0]/i)
    const source: SourceExports = runSource(code)
    expect([...source.classes]).toEqual([...hard].sort())
    for (const row of rows) expect(source.predict(row)).toBe(model.predictSync(row as never))
  })
})

describe('values of damaged files', () => {
  it('that are no numbers, flags or words become no code', () => {
    const code = '0);globalThis.stolen = 1;('
    expect(() => number(code as never)).toThrow(/Expected a number in the model of toSource\(\), but got "0\);/)
    expect(() => flag(code as never)).toThrow(/Expected true or false in the model/)
    // An array becomes the text of its only element.
    expect(() => literal([code] as never)).toThrow(/Expected a number in the model/)
    expect([number(-0), literal(null), literal(code), flag(true)]).toEqual(['-0', 'null', JSON.stringify(code), 'true'])
  })
})

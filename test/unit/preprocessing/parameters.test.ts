import { afterEach, describe, expect, it, vi } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { ArgumentError, Matrix, MLPClassifier, preprocessing } from '../../../lib/index.js'
import { foldsOfClasses, foldsOfRows } from '../../../lib/math/folds.js'
import { sampleWithoutReplacement, uniforms } from '../../../lib/math/random.js'

const p = preprocessing
afterEach(() => vi.restoreAllMocks())

type Name =
  | 'StandardScaler'
  | 'MinMaxScaler'
  | 'RobustScaler'
  | 'QuantileTransformer'
  | 'Normalizer'
  | 'OneHotEncoder'
  | 'OrdinalEncoder'
const make = (name: Name | 'TargetEncoder' | 'SimpleImputer', params: object) => new p[name](params as never)

describe('transformers refuse wrong parameters', () => {
  it.each<[Name | 'TargetEncoder' | 'SimpleImputer', object, string]>([
    ['StandardScaler', { withMean: 1 }, 'true or false for withMean, but got 1'],
    ['MinMaxScaler', { featureRange: [1, 1] }, 'the first one below the second for featureRange, but got [1, 1]'],
    ['MinMaxScaler', { featureRange: [0] }, 'two finite numbers'],
    ['MinMaxScaler', { featureRange: [0, Infinity] }, 'a finite number for featureRange[1]'],
    ['RobustScaler', { quantileRange: [75, 25] }, 'not above the second for quantileRange, but got [75, 25]'],
    ['RobustScaler', { quantileRange: [-1, 25] }, 'from 0 to 100 for quantileRange[0], but got -1'],
    ['RobustScaler', { unitVariance: true, quantileRange: [0, 100] }, 'quantileRange with unitVariance'],
    ['RobustScaler', { smoothClip: 'yes' }, 'smoothClip'],
    ['QuantileTransformer', { nQuantiles: 0 }, 'an integer of at least 1 for nQuantiles, but got 0'],
    ['QuantileTransformer', { nQuantiles: 20, subsample: 10 }, 'nQuantiles of at most subsample (10), but got 20'],
    ['QuantileTransformer', { subsample: 0.5 }, 'subsample'],
    ['QuantileTransformer', { outputDistribution: 'norm' }, 'one of uniform, normal for outputDistribution'],
    ['QuantileTransformer', { seed: -1 }, 'seed'],
    ['Normalizer', { norm: 'l3' }, 'Expected one of l1, l2, max for norm, but got "l3"'],
    ['SimpleImputer', { strategy: 'most' }, 'one of mean, median, mostFrequent, constant for strategy'],
    ['SimpleImputer', { missingValues: Infinity }, 'a finite number or NaN for missingValues'],
    ['SimpleImputer', { fillValue: Number.NaN }, 'fillValue'],
    ['OneHotEncoder', { handleUnknown: 'ignored' }, 'Did you mean ignore?'],
    ['OneHotEncoder', { minFrequency: 0 }, 'for minFrequency, but got 0'],
    ['OneHotEncoder', { minFrequency: 1.5 }, 'for minFrequency, but got 1.5'],
    ['OneHotEncoder', { maxCategories: 0 }, 'for maxCategories, but got 0'],
    ['OneHotEncoder', { drop: 'last' }, "null, 'first', 'ifBinary' or an array"],
    ['OneHotEncoder', { drop: [{}] }, 'for drop[0]'],
    ['OneHotEncoder', { categories: ['a'] }, 'an array of categories for categories[0]'],
    ['OneHotEncoder', { categories: [['a', 'a']] }, '"a" twice'],
    ['OneHotEncoder', { categories: [[null, 'a']] }, 'null as the last category of categories[0]'],
    ['OneHotEncoder', { categories: [['a', 1]] }, 'categories of one kind for categories[0]'],
    ['OneHotEncoder', { categories: [[2, 1]] }, 'Expected ascending numbers for categories[0]'],
    ['OrdinalEncoder', { handleUnknown: 'useEncodedValue' }, 'unknownValue'],
    ['OrdinalEncoder', { unknownValue: 3 }, "null without handleUnknown 'useEncodedValue'"],
    ['OrdinalEncoder', { encodedMissingValue: 0.5 }, 'an integer or NaN for encodedMissingValue, but got 0.5'],
    ['TargetEncoder', { smooth: -1 }, "at least 0, or 'auto' for smooth, but got -1"],
    ['TargetEncoder', { cv: 1 }, 'an integer of at least 2 for cv, but got 1'],
    ['TargetEncoder', { targetType: 'class' }, 'for targetType'],
  ])('%s %o', (name, params, message) => {
    expect(() => make(name, params)).toThrow(ArgumentError)
    expect(() => make(name, params)).toThrow(message)
  })
})

describe('fit refuses rows that contradict parameters', () => {
  it.each<[Name, object, unknown, string]>([
    ['OneHotEncoder', { categories: [['a'], ['b']] }, [['a']], '1 arrays, one a column for categories, but got 2'],
    ['OneHotEncoder', { categories: [['a']] }, [['b']], 'that the parameter categories lists'],
    ['OneHotEncoder', { drop: ['a', 'b'] }, [['a']], '1 categories, one a column for drop, but got 2'],
    ['OneHotEncoder', { drop: ['b'] }, [['a']], 'one of the categories of column 0 for drop[0]'],
    [
      'OneHotEncoder',
      { drop: ['a'], minFrequency: 2 },
      [['a'], ['b'], ['b']],
      'a category that is not rare for drop[0]',
    ],
    ['OneHotEncoder', {}, [['a'], [1]], 'a string for row 1 of column "0"'],
    ['OneHotEncoder', {}, [[new Date()]], 'Convert dates to strings or numbers first'],
    [
      'OrdinalEncoder',
      { encodedMissingValue: 0 },
      [['a'], [null]],
      'for encodedMissingValue, but 0 is a category of column 0',
    ],
    [
      'OrdinalEncoder',
      { handleUnknown: 'useEncodedValue', unknownValue: 0 },
      [['a']],
      'for unknownValue, but 0 is a category of column 0',
    ],
    ['StandardScaler', {}, [[1], [Infinity]], 'row 1, column 0 is Infinity'],
    ['StandardScaler', {}, [['a']], 'a number or null for row 0, column 0 of x, but got "a"'],
  ])('%s %o', async (name, params, rows, message) => {
    const fit = async () => make(name, params).fit(rows as never)
    await expect(fit()).rejects.toThrow(ArgumentError)
    await expect(fit()).rejects.toThrow(message)
  })
})

describe('RobustScaler with smoothClip', () => {
  it('clips as z / sqrt(1 + (z / 3)²), and inverts it', async () => {
    const rows = [[-1e6], [-1], [0], [1], [2], [3], [1e6]]
    const plain = await (await new p.RobustScaler().fit(rows)).transform(rows)
    const scaler = await new p.RobustScaler({ smoothClip: true }).fit(rows)
    const clipped = await scaler.transform(rows)
    for (const [i, z] of plain.data.entries()) expect(clipped.data[i]).toBeCloseTo(z / Math.sqrt(1 + (z / 3) ** 2), 5)
    expect(Math.max(...clipped.data.map(Math.abs))).toBeLessThanOrEqual(3)
    const back = await scaler.inverseTransform([[1], [-2.5], [3], [-4], [null]])
    expect(scaler.transformSync(back.toArray().slice(0, 2)).toArray().flat()).toEqual([
      expect.closeTo(1, 5),
      expect.closeTo(-2.5, 5),
    ])
    expect([...back.data.slice(2)]).toEqual([Infinity, -Infinity, Number.NaN])
  })
})

describe('handleUnknown', () => {
  const letters = [['a'], ['b'], ['b'], ['b']]

  it("handleUnknown 'error' names the row, the column and the categories of fit", async () => {
    const encoder = await new p.OneHotEncoder().fit([{ job: 'cook' }, { job: 'clerk' }])
    const message =
      'Expected one of the categories in fit ("clerk", "cook") for row 0, column "job" of x, but got "pilot".'
    expect(() => encoder.transformSync({ job: 'pilot' })).toThrow(message)
    await expect(encoder.transform([{ job: 'cook' }, { job: null }])).rejects.toThrow(
      'row 1, column "job" of x, but got null',
    )
  })

  it("handleUnknown 'warn' warns, and encodes unknown categories as rare ones", async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const encoder = await new p.OneHotEncoder({ handleUnknown: 'warn', minFrequency: 2 }).fit(letters)
    expect(encoder.transformSync(['new'])).toEqual(encoder.transformSync(['a']))
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]![0]).toMatch(/unknown categories in x0 are encoded as infrequent/)
  })

  it('inverseTransform gives null for unknown categories, or refuses rows of zeros', async () => {
    const strict = await new p.OneHotEncoder().fit(letters)
    await expect(strict.inverseTransform([[0, 0]])).rejects.toThrow('row 0 of x has zeros alone')
    const lenient = await new p.OneHotEncoder({ handleUnknown: 'ignore' }).fit(letters)
    expect(
      await lenient.inverseTransform([
        [0, 0],
        [0, 1],
      ]),
    ).toEqual([[null], ['b']])
    const nothing = await new p.OneHotEncoder({ drop: 'first' }).fit([['a'], ['a']])
    expect(await nothing.inverseTransform(new Matrix(new Float32Array(0), 2, 0))).toEqual([['a'], ['a']])
    const ordinal = await new p.OrdinalEncoder({ minFrequency: 2 }).fit([...letters, [null]])
    expect(await ordinal.inverseTransform([[0], [1], [null]])).toEqual([['b'], ['infrequent'], [null]])
    await expect(ordinal.inverseTransform([[2]])).rejects.toThrow('from 0 to 1 for row 0, column 0')
  })

  it('encoders distinguish the number 1 from the string 1, but not -0 from 0', async () => {
    const encoder = await new p.OneHotEncoder({ handleUnknown: 'ignore' }).fit([[1], [2]])
    expect([...encoder.transformSync([1])]).toEqual([1, 0])
    expect([...encoder.transformSync(['1'])]).toEqual([0, 0])
    const zero = await new p.OneHotEncoder().fit([[0], [1]])
    expect([...zero.transformSync([-0])]).toEqual([1, 0])
    const flags = await new p.OneHotEncoder().fit([[true], [false]])
    expect(flags.categories).toEqual([[false, true]])
  })
})

describe('SimpleImputer', () => {
  it('takes a number as the mark of missing entries', async () => {
    const imputer = await new p.SimpleImputer({ missingValues: -1, addIndicator: true }).fit([[1], [-1], [3]])
    expect(imputer.indicatorFeatures).toEqual([0])
    expect([...imputer.transformSync([-1])]).toEqual([2, 1])
    const back = await imputer.inverseTransform([
      [2, 1],
      [5, 0],
    ])
    expect(back.toArray()).toEqual([[-1], [5]])
    await expect(imputer.transform([[Number.NaN]])).rejects.toThrow('a finite number with missingValues -1')
  })

  it('restores missing numbers from indicators, and dropped columns as missing', async () => {
    const rows = [
      [1, null, 4],
      [null, null, 5],
    ]
    const imputer = await new p.SimpleImputer({ addIndicator: true }).fit(rows)
    const back = await imputer.inverseTransform(await imputer.transform(rows))
    expect(back.toArray()).toEqual(rows.map((row) => row.map((value) => value ?? Number.NaN)))
    expect(imputer.featureNamesOut()).toEqual(['x0', 'x2', 'missingindicator_x0', 'missingindicator_x1'])
    await expect(new p.SimpleImputer().setParams({}).inverseTransform([[1]])).rejects.toThrow('Could not')
  })
})

describe('TargetEncoder', () => {
  const x = Array.from({ length: 60 }, (_, i) => [`c${i % 4}`])
  const y = x.map((_, i) => (i * i) % 7)

  it('draws its folds from the seed', async () => {
    const run = (seed: number) => new p.TargetEncoder({ seed, targetType: 'continuous' }).fitTransform(x, y)
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
    const drawn = new p.TargetEncoder()
    expect(drawn.seed).toBe(drawn.seed)
  })

  it('never encodes a row by its own y', async () => {
    const encode = (target: number[]) =>
      new p.TargetEncoder({ cv: 60, shuffle: false, targetType: 'continuous' }).fitTransform(x, target)
    const before = await encode(y)
    const after = await encode(y.map((value, i) => (i === 7 ? value + 1000 : value)))
    expect(after.row(7)).toEqual(before.row(7))
    expect(after.row(3)).not.toEqual(before.row(3))
  })

  it('refuses a wrong y', async () => {
    const encoder = new p.TargetEncoder()
    await expect(encoder.fit(x)).rejects.toThrow('one label or number a row for y')
    await expect(encoder.fit(x, y.slice(1))).rejects.toThrow('60 labels')
    await expect(encoder.fitTransform(x.slice(0, 3), ['a', 'b', 'a'])).rejects.toThrow('a class of at least 5 rows')
    await expect(encoder.fitTransform(x.slice(0, 3), [1.5, 2, 3])).rejects.toThrow(
      'at least 5 rows for cv 5, but got 3',
    )
    await expect(new p.TargetEncoder({ targetType: 'binary' }).fit(x, y)).rejects.toThrow('at most two classes')
    await expect(new p.TargetEncoder({ targetType: 'continuous' }).fit(x, x.flat())).rejects.toThrow('row 0 of y')
  })
})

describe('LabelEncoder', () => {
  it('encodes the labels of fit, and refuses others', async () => {
    const encoder = await new p.LabelEncoder().fit(['b', 'a'])
    expect(encoder.transformSync([])).toEqual(new Int32Array(0))
    expect(() => encoder.transformSync(['c'])).toThrow('one of the classes "a", "b" for row 0 of y, but got "c"')
    expect(() => encoder.inverseTransform([2])).toThrow('from 0 to 1 for numbers[0]')
    expect(() => new p.LabelEncoder().classes).toThrow('call fit(y) of this LabelEncoder first')
    const again = p.LabelEncoder.fromJSON(JSON.parse(JSON.stringify(encoder)))
    expect(again.classes).toEqual(['a', 'b'])
    expect(p.LabelEncoder.fromJSON(new p.LabelEncoder().toJSON()).isFitted).toBe(false)
    const wrong = { ...encoder.toJSON(), state: { classes: ['b', 'a'] } }
    expect(() => p.LabelEncoder.fromJSON(wrong)).toThrow('sorted labels')
  })
})

describe('random draws', () => {
  it('folds differ in size by one row at most, also within a class, shuffled or not', () => {
    const classes = Int32Array.from({ length: 53 }, (_, i) => (i % 7 === 0 ? 1 : 0))
    for (const random of [undefined, uniforms(3)]) {
      const sizes = (folds: Int32Array) => [0, 1, 2, 3].map((k) => folds.filter((fold) => fold === k).length)
      const whole = sizes(runNow(foldsOfRows(53, 4, random)))
      expect(Math.max(...whole) - Math.min(...whole)).toBe(1)
      const ofClass = sizes(runNow(foldsOfClasses(classes, 4, random)).filter((_, i) => classes[i] === 1))
      expect(Math.max(...ofClass) - Math.min(...ofClass)).toBeLessThanOrEqual(1)
    }
    expect(runNow(foldsOfRows(53, 4, uniforms(3)))).not.toEqual(runNow(foldsOfRows(53, 4, undefined)))
  })

  it('samples hold each row once at most, and every row may be drawn', () => {
    const rows = new Set<number>()
    for (let seed = 0; seed < 200; seed++) {
      const drawn = sampleWithoutReplacement(10, 4, uniforms(seed))
      expect(new Set(drawn).size).toBe(4)
      for (const row of drawn) rows.add(row)
    }
    expect([...rows].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('QuantileTransformer draws a sample of more than subsample rows', async () => {
    const rows = Matrix.from(
      Float32Array.from({ length: 500 }, (_, i) => i),
      1,
    )
    const fit = (seed: number) => new p.QuantileTransformer({ nQuantiles: 50, subsample: 50, seed }).fit(rows)
    expect((await fit(1)).quantiles).toEqual((await fit(1)).quantiles)
    expect((await fit(1)).quantiles).not.toEqual((await fit(2)).quantiles)
    expect((await fit(1)).nQuantiles).toBe(50)
  })
})

it('a clone of an estimator has its parameters and is not fitted', async () => {
  const model = await new MLPClassifier({ alpha: 0.5, maxIter: 2, seed: 1 }).fit([[1], [2]], ['a', 'b'])
  const clone = model.clone()
  expect(clone).toBeInstanceOf(MLPClassifier)
  expect(clone.getParams()).toEqual(model.getParams())
  expect(clone.isFitted).toBe(false)
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ArgumentError, Matrix, preprocessing } from '../../lib/index.js'
import { fixture } from './support.js'

/** A cell of the fixtures, which scripts/fixtures/make-preprocessing.py writes; null is NaN. */
type Cell = number | string | boolean | null
interface NumericCase {
  transformer: 'StandardScaler' | 'MinMaxScaler' | 'RobustScaler' | 'QuantileTransformer' | 'SimpleImputer'
  params: Record<string, unknown>
  table: string
  weights?: number[]
  parts?: [number, number][]
  x?: number[][]
  out: (number | null)[][]
  inverse?: (number | null)[][]
  learned: Record<string, (number | null)[] | (number | null)[][] | null>
  names: string[]
}
interface CategoryCase {
  transformer: 'OneHotEncoder' | 'OrdinalEncoder'
  params: Record<string, unknown>
  table: string
  x: Cell[][]
  out: (number | null)[][]
  categories: Cell[][]
  infrequent?: (Cell[] | null)[]
  dropIdx?: (number | null)[] | null
  inverse?: Cell[][]
  names: string[]
}
interface TargetCase {
  params: Record<string, unknown>
  target: string
  y: (number | string)[]
  cross: number[][]
  type: string
  mean: number | number[]
  encodings: number[][]
  x: Cell[][]
  out: number[][]
  names: string[]
}

const tolerance = 1e-6

// test/unit/preprocessing checks the warnings of handleUnknown 'warn'.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

/** Compares within an error of 1e-6, relative for numbers above 1; null in `expected` is NaN. */
function expectNear(actual: unknown, expected: unknown, name: string): void {
  if (Array.isArray(expected)) {
    const values = actual instanceof Matrix ? actual.toArray() : Array.from(actual as ArrayLike<unknown>)
    expect(values.length, name).toBe(expected.length)
    for (const [i, value] of expected.entries()) expectNear(values[i], value, `${name}[${i}]`)
  } else if (expected === null) {
    expect(actual === null || Number.isNaN(actual), `${name} is ${String(actual)}`).toBe(true)
  } else if (typeof expected === 'number') {
    const error = Math.abs((actual as number) - expected) / Math.max(1, Math.abs(expected))
    expect(error <= tolerance, `${name}: ${String(actual)} for ${expected}`).toBe(true)
  } else {
    expect(actual, name).toBe(expected)
  }
}

/** Parameters, with NaN for the word 'NaN'. */
function readParams(params: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, value === 'NaN' ? Number.NaN : value]))
}

interface NumericTable {
  fit: (number | null)[][]
  x: (number | null)[][]
  back: (number | null)[][]
}

describe.each(['scalers', 'quantiles', 'imputers'])('scikit-learn: %s', (file) => {
  const { tables, cases } = fixture<{ tables: Record<string, NumericTable>; cases: NumericCase[] }>(
    `preprocessing-${file}.json`,
  )
  it.each(cases.map((one, i) => [`${i}: ${one.transformer} ${JSON.stringify(one.params)} ${one.table}`, one] as const))(
    '%s',
    async (_, { transformer, params, table, weights, parts, x: caseRows, out, inverse, learned, names }) => {
      const { fit, x: tableRows, back } = tables[table]!
      const x = caseRows ?? tableRows
      const model = new preprocessing[transformer](params as never)
      if (parts) {
        const scaler = model as preprocessing.StandardScaler
        for (const [first, last] of parts) await scaler.partialFit(fit.slice(first, last))
      } else {
        await model.fit(fit, undefined, weights ? { sampleWeight: weights } : {})
      }
      const transformed = await model.transform(x)
      expectNear(transformed, out, 'transform')
      for (const [i, row] of x.entries()) expect(model.transformSync(row)).toEqual(transformed.row(i))
      for (const [name, values] of Object.entries(learned)) {
        expectNear((model as unknown as Record<string, unknown>)[name], values, name)
      }
      expect(model.featureNamesOut()).toEqual(names)
      if (inverse) expectNear(await model.inverseTransform(back), inverse, 'inverseTransform')
    },
  )
})

interface RowCase {
  params: { norm: preprocessing.Norm }
  x: number[][]
  out: number[][]
  names: string[]
}

describe('scikit-learn: Normalizer', () => {
  const { cases } = fixture<{ cases: RowCase[] }>('preprocessing-normalizers.json')
  it.each(cases.map((one) => [one.params.norm, one] as const))('%s', async (_, { params, x, out, names }) => {
    const model = await new preprocessing.Normalizer(params).fit(x)
    const transformed = await model.transform(x)
    expectNear(transformed, out, 'transform')
    for (const [i, row] of x.entries()) expect(model.transformSync(row)).toEqual(transformed.row(i))
    expect(model.featureNamesOut()).toEqual(names)
  })
})

/** Names of rare and missing categories, as this library has them. */
function ours(name: Cell): Cell {
  return typeof name === 'string' ? name.replace('infrequent_sklearn', 'infrequent').replace(/_nan$/, '_null') : name
}

describe.each(['one-hot', 'ordinals'])('scikit-learn: %s', (file) => {
  const { tables, cases } = fixture<{ tables: Record<string, Cell[][]>; cases: CategoryCase[] }>(
    `preprocessing-${file}.json`,
  )
  it.each(cases.map((one, i) => [`${i}: ${JSON.stringify(one.params)}`, one] as const))('%s', async (_, one) => {
    const model = new preprocessing[one.transformer](readParams(one.params) as never)
    await model.fit(tables[one.table]!)
    const transformed = await model.transform(one.x)
    expectNear(transformed, one.out, 'transform')
    for (const [i, row] of one.x.entries()) expect(model.transformSync(row)).toEqual(transformed.row(i))
    expect(model.categories).toEqual(one.categories)
    if (one.infrequent) expect(model.infrequentCategories).toEqual(one.infrequent)
    if (model instanceof preprocessing.OneHotEncoder) {
      expect(model.dropIdx).toEqual(one.dropIdx ?? one.categories.map(() => null))
    }
    expect(model.featureNamesOut().map((name) => name.replace(/\.0$/, ''))).toEqual(
      one.names.map((name) => (ours(name) as string).replace(/\.0$/, '')),
    )
    if (one.inverse)
      expectNear(
        await model.inverseTransform(transformed),
        one.inverse.map((row) => row.map(ours)),
        'back',
      )
  })
})

describe('scikit-learn: TargetEncoder', () => {
  const { tables, cases } = fixture<{ tables: Record<string, Cell[][]>; cases: TargetCase[] }>(
    'preprocessing-targets.json',
  )
  it.each(cases.map((one) => [`${one.target} ${one.params.smooth as string}`, one] as const))('%s', async (_, one) => {
    const model = new preprocessing.TargetEncoder(one.params)
    expectNear(await model.fitTransform(tables.seen!, one.y), one.cross, 'fitTransform')
    expectNear(await model.transform(one.x), one.out, 'transform')
    expect(model.targetType).toBe(one.type)
    expectNear(model.targetMean, one.mean, 'targetMean')
    expectNear(model.encodings, one.encodings, 'encodings')
    expect(model.featureNamesOut()).toEqual(one.names)
    const again = await new preprocessing.TargetEncoder(one.params).fit(tables.seen!, one.y)
    expectNear(again.encodings, one.encodings, 'encodings of fit')
  })
})

describe('scikit-learn: LabelEncoder', () => {
  const { cases } = fixture<{ cases: { y: (string | number | boolean)[]; out: number[]; classes: Cell[] }[] }>(
    'preprocessing-labels.json',
  )
  it.each(cases)('$y', async ({ y, out, classes }) => {
    const model = new preprocessing.LabelEncoder()
    expect([...(await model.fitTransform(y))]).toEqual(out)
    expect(model.classes).toEqual(classes)
    expect(model.inverseTransform(out)).toEqual(y)
  })
})

describe('ArgumentError for rows that scikit-learn refuses', () => {
  const { cases } = fixture<{ cases: { transformer: NumericCase['transformer']; what: string }[] }>(
    'preprocessing-refused.json',
  )
  const rows: Record<string, number[][]> = {
    'no rows': [],
    'no columns': [[], [], []],
    infinity: [
      [1, 2],
      [Number.POSITIVE_INFINITY, 3],
    ],
  }
  it('has three cases for each of nine transformers', () => expect(cases).toHaveLength(9 * 3))
  it.each(cases)('$transformer $what', async ({ transformer, what }) => {
    const fit = new preprocessing[transformer]().fit(rows[what]!, [0, 1, 0].slice(0, rows[what]!.length) as never)
    await expect(fit).rejects.toThrow(ArgumentError)
  })
})

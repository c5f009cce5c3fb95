import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ArgumentError, Matrix, preprocessing } from '../../lib/index.js'
import { fixture } from './support.js'

/** What scripts/fixtures/make-preprocessing.py writes; null is NaN. */
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

// What handleUnknown 'warn' says is for test/unit/preprocessing.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => vi.restoreAllMocks())

/** Within 1e-6, and where numbers are large within 1e-6 of their size; NaN is null. */
function expectNear(got: unknown, expected: unknown, what: string): void {
  if (Array.isArray(expected)) {
    const values = got instanceof Matrix ? got.toArray() : Array.from(got as ArrayLike<unknown>)
    expect(values.length, what).toBe(expected.length)
    for (const [i, each] of expected.entries()) expectNear(values[i], each, `${what}[${i}]`)
  } else if (expected === null) {
    expect(got === null || Number.isNaN(got), `${what} is ${String(got)}`).toBe(true)
  } else if (typeof expected === 'number') {
    const error = Math.abs((got as number) - expected) / Math.max(1, Math.abs(expected))
    expect(error <= tolerance, `${what}: ${String(got)} for ${expected}`).toBe(true)
  } else {
    expect(got, what).toBe(expected)
  }
}

/** The words of parameters that are NaN. */
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
  it.each(
    cases.map((each, i) => [`${i}: ${each.transformer} ${JSON.stringify(each.params)} ${each.table}`, each] as const),
  )('%s', async (_, { transformer, params, table, weights, parts, x: own, out, inverse, learned, names }) => {
    const { fit, x: usual, back } = tables[table]!
    const x = own ?? usual
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
  })
})

/** Our names of what is rare and what is missing. */
function ours(name: Cell): Cell {
  return typeof name === 'string' ? name.replace('infrequent_sklearn', 'infrequent').replace(/_nan$/, '_null') : name
}

describe.each(['one-hot', 'ordinals'])('scikit-learn: %s', (file) => {
  const { tables, cases } = fixture<{ tables: Record<string, Cell[][]>; cases: CategoryCase[] }>(
    `preprocessing-${file}.json`,
  )
  it.each(cases.map((each, i) => [`${i}: ${JSON.stringify(each.params)}`, each] as const))('%s', async (_, each) => {
    const model = new preprocessing[each.transformer](readParams(each.params) as never)
    await model.fit(tables[each.table]!)
    const transformed = await model.transform(each.x)
    expectNear(transformed, each.out, 'transform')
    for (const [i, row] of each.x.entries()) expect(model.transformSync(row)).toEqual(transformed.row(i))
    expect(model.categories).toEqual(each.categories)
    if (each.infrequent) expect(model.infrequentCategories).toEqual(each.infrequent)
    if (model instanceof preprocessing.OneHotEncoder) {
      expect(model.dropIdx).toEqual(each.dropIdx ?? each.categories.map(() => null))
    }
    expect(model.featureNamesOut().map((name) => name.replace(/\.0$/, ''))).toEqual(
      each.names.map((name) => (ours(name) as string).replace(/\.0$/, '')),
    )
    if (each.inverse)
      expectNear(
        await model.inverseTransform(transformed),
        each.inverse.map((row) => row.map(ours)),
        'back',
      )
  })
})

describe('scikit-learn: TargetEncoder', () => {
  const { tables, cases } = fixture<{ tables: Record<string, Cell[][]>; cases: TargetCase[] }>(
    'preprocessing-targets.json',
  )
  it.each(cases.map((each) => [`${each.target} ${each.params.smooth as string}`, each] as const))(
    '%s',
    async (_, each) => {
      const model = new preprocessing.TargetEncoder(each.params)
      expectNear(await model.fitTransform(tables.seen!, each.y), each.cross, 'fitTransform')
      expectNear(await model.transform(each.x), each.out, 'transform')
      expect(model.targetType).toBe(each.type)
      expectNear(model.targetMean, each.mean, 'targetMean')
      expectNear(model.encodings, each.encodings, 'encodings')
      expect(model.featureNamesOut()).toEqual(each.names)
      const again = await new preprocessing.TargetEncoder(each.params).fit(tables.seen!, each.y)
      expectNear(again.encodings, each.encodings, 'encodings of fit')
    },
  )
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

describe('rejects what scikit-learn rejects', () => {
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
  it('covers every kind of transformer', () => expect(cases).toHaveLength(8 * 3))
  it.each(cases)('$transformer $what', async ({ transformer, what }) => {
    const fit = new preprocessing[transformer]().fit(rows[what]!, [0, 1, 0].slice(0, rows[what]!.length) as never)
    await expect(fit).rejects.toThrow(ArgumentError)
  })
})

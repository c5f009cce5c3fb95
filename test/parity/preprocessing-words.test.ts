import { describe, expect, it } from 'vitest'
import { type Matrix, pipeline, preprocessing, type Table } from '../../lib/index.js'
import { fixture } from './support.js'

/** A cell of the fixture, which scripts/fixtures/make-preprocessing-words.py writes; null is NaN. */
type Cell = number | string | boolean | null
interface WordCase {
  params: preprocessing.SimpleImputerOptions
  fit: (string | null)[][]
  y: number[]
  x: (string | null)[][]
  out: Cell[][]
  statistics: Cell[]
  names: string[]
  encoded: Record<'OneHotEncoder' | 'OrdinalEncoder' | 'TargetEncoder', { out: number[][]; names: string[] }>
}

const { cases } = fixture<{ cases: WordCase[] }>('preprocessing-words.json')
const encoders = {
  OneHotEncoder: () => new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }),
  OrdinalEncoder: () => new preprocessing.OrdinalEncoder({ handleUnknown: 'useEncodedValue', unknownValue: -1 }),
  TargetEncoder: () => new preprocessing.TargetEncoder({ targetType: 'continuous' }),
}

/** Python prints True where JavaScript prints true. */
const ours = (names: string[]) => names.map((name) => name.replace(/_(True|False)$/, (word) => word.toLowerCase()))

describe.each(cases.map((one, i) => [`${i}: ${JSON.stringify(one.params)}`, one] as const))(
  'scikit-learn: SimpleImputer of words %s',
  (_, { params, fit, y, x, out, statistics, names, encoded }) => {
    it('replaces missing strings', async () => {
      const imputer = await new preprocessing.SimpleImputer<Table>(params).fit(fit)
      const table = await imputer.transform(x)
      expect(Array.from(table, (row) => Object.values(row))).toEqual(out)
      expect(x.map((row) => imputer.transformSync(row))).toEqual(out)
      expect(imputer.statistics).toEqual(statistics)
      expect(imputer.featureNamesOut()).toEqual(names)
      expect(table.names).toEqual(names)
    })

    it.each(Object.keys(encoders) as (keyof typeof encoders)[])('stands before %s', async (name) => {
      const model = await pipeline([new preprocessing.SimpleImputer(params), encoders[name]()]).fit(fit, y)
      const transformed = await model.transform(x)
      expectNear(transformed, encoded[name].out)
      expect(model.featureNamesOut()).toEqual(ours(encoded[name].names))
      for (const [i, row] of x.entries()) expect(model.transformSync(row)).toEqual(transformed.row(i))
    })
  },
)

function expectNear(actual: Matrix, expected: number[][]): void {
  expect([actual.rows, actual.cols]).toEqual([expected.length, expected[0]!.length])
  for (const [k, value] of expected.flat().entries()) expect(Math.abs(actual.data[k]! - value)).toBeLessThan(1e-6)
}

import { expect, it } from 'vitest'
import { inspection, Matrix, Table } from '../../lib/index.js'
import { expectClose, fixture } from './support.js'

/** One run of scripts/fixtures/make-inspection.py. */
interface DependenceCase {
  model: 'known' | 'two' | 'three'
  features: number[]
  options: Record<string, never>
  weighted: boolean
  gridValues: number[][]
  average: number[][]
  row5: number[][]
}

/** A table of words and numbers, and the expected partial dependence on some columns. */
interface TableCases {
  columns: { a: number[]; job: string[]; member: string[]; b: number[] }
  cases: { features: string[]; gridValues: (string | number)[][]; average: number[][] }[]
}

const { x, weights, cases, tables } = fixture<{
  x: number[][]
  weights: number[]
  cases: DependenceCase[]
  tables: TableCases
}>('inspection.json')

/** The functions of the script, as models. */
const models = {
  known: { predict: async (rows: Matrix) => rows.toArray().map(([a, b, c, d]) => a! * b! + Math.sin(c!) + d! ** 2) },
  two: {
    predictProba: async (rows: Matrix) => {
      const p = rows.toArray().map(([a, b, , d]) => 1 / (1 + Math.exp(-(a! - b! * d!))))
      return Matrix.from(p.map((second) => [1 - second, second]))
    },
  },
  three: {
    predictProba: async (rows: Matrix) => {
      const powers = rows.toArray().map((row) => row.slice(0, 3).map(Math.exp))
      return Matrix.from(powers.map((row) => row.map((power) => power / (row[0]! + row[1]! + row[2]!))))
    },
  },
}

const titled = cases.map(
  (one, k) => [`${k}: ${one.model} by ${one.features} ${JSON.stringify(one.options)}`, one] as const,
)
it.each(titled)("scikit-learn's partial dependence, %s", async (_, one) => {
  const { features, options, weighted } = one
  const allOptions = { ...options, features, kind: 'both' as const, ...(weighted && { sampleWeight: weights }) }
  const { gridValues, average, individual } = await inspection.partialDependence(models[one.model], x, allOptions)
  expect(gridValues.length).toBe(features.length)
  const close = { absolute: 1e-6, relative: 1e-6 }
  for (const [k, values] of one.gridValues.entries()) expectRow(`grid ${k}`, gridValues[k]!, values, { absolute: 1e-8 })
  for (const [k, values] of one.average.entries()) expectRow(`average ${k}`, average![k]!, values, close)
  for (const [k, values] of one.row5.entries()) expectRow(`row 5, output ${k}`, individual![k]![5]!, values, close)
  expect([average!.length, individual![0]!.length]).toEqual([one.average.length, x.length])
})

it.each(tables.cases.map((one) => [one.features.join(' and '), one] as const))(
  "scikit-learn's partial dependence of a table by %s",
  async (_, { features, gridValues, average }) => {
    const worded = {
      predict: async (rows: Table) =>
        [...rows].map(
          ({ a, b, job, member }) => (job === 'cook' ? Number(a) : 2) + (member === 'yes' ? 0.5 : 0) * Number(b),
        ),
    }
    const got = await inspection.partialDependence(worded, Table.from({ ...tables.columns }), {
      features,
      gridResolution: 4,
    })
    for (const [k, values] of gridValues.entries()) {
      if (typeof values[0] !== 'number') expect(got.gridValues[k]).toEqual(values)
      else expectRow(`grid ${k}`, got.gridValues[k] as Float64Array, values as number[], { absolute: 1e-8 })
    }
    expectRow('average', got.average![0]!, average[0]!, { absolute: 1e-6, relative: 1e-6 })
  },
)

function expectRow(
  name: string,
  got: Float64Array,
  values: number[],
  close: { absolute: number; relative?: number },
): void {
  expect(got.length, name).toBe(values.length)
  for (const [k, value] of values.entries()) expectClose(`${name}[${k}]`, got[k]!, value, close)
}

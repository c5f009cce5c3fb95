import { describe, expect, it } from 'vitest'
import {
  inspection,
  layers,
  Matrix,
  pipeline,
  preprocessing,
  Sequential,
  SGDClassifier,
  Table,
} from '../../../lib/index.js'

const { permutationImportance, partialDependence, integratedGradients } = inspection
const { ColumnTransformer, OneHotEncoder, SimpleImputer, StandardScaler } = preprocessing

/** Who buys goes by the job, and a little by the age, of which some are missing; never by the town. */
const jobs = ['cook', 'pilot', 'smith']
const rows = Array.from({ length: 120 }, (_, i) => ({
  town: ['a', 'b', null][Math.floor((i * 7) / 5) % 3]!,
  age: i % 11 === 0 ? null : 20 + ((i * 13) % 40),
  job: jobs[i % 3]!,
  member: (i * 5) % 7 < 3,
}))
const table = Table.fromRows(rows)
const bought = rows.map(({ job, age }) => (job === 'pilot' || (age ?? 0) > 55 ? 'yes' : 'no'))

async function fitted() {
  const model = pipeline([
    new ColumnTransformer({
      transformers: [
        ['num', pipeline([new SimpleImputer(), new StandardScaler()]), ['age', 'member']],
        ['cat', new OneHotEncoder({ handleUnknown: 'ignore' }), ['town', 'job']],
      ],
    }),
    new SGDClassifier<string>({ loss: 'logLoss', seed: 1 }),
  ])
  await model.fit(table, bought)
  return model
}

/** What is asked of, with the rows that it was asked with. */
class Asked {
  readonly seen: Table[] = []
  async score(x: Table) {
    this.seen.push(x)
    return this.seen.length
  }
  async predict(x: Table) {
    this.seen.push(x)
    return Array.from({ length: x.rows }, () => 0)
  }
}

describe('permutationImportance of a table', () => {
  it('finds what a pipeline goes by', async () => {
    const model = await fitted()
    const found = await permutationImportance(model, table, bought, { seed: 1 })
    expect(found.names).toEqual(['town', 'age', 'job', 'member'])
    expect(found.baseline).toBe(await model.score(table, bought))
    const [town, age, job, member] = found.importancesMean
    expect(job).toBeGreaterThan(age!)
    expect(Math.max(Math.abs(town!), Math.abs(member!))).toBeLessThan(job! / 4)
    expect((await permutationImportance(model, rows, bought, { seed: 1 })).importances).toEqual(found.importances)
    expect((await permutationImportance({ score: async () => 1 }, [[1]], [1])).names).toBeUndefined()
  })

  it('changes the order within one column, and nothing else', async () => {
    const asked = new Asked()
    await permutationImportance(asked, table, bought, { seed: 1, nRepeats: 2 })
    const [whole, ...changed] = asked.seen
    expect(whole).toBe(table)
    for (const [k, one] of changed.entries()) {
      const name = table.names[Math.floor(k / 2)]!
      expect(one.drop([name])).toEqual(table.drop([name]))
      expect(one.kind(name)).toBe(table.kind(name))
      const [is, was] = [one, table].map((each) => Array.from(each.column(name) as ArrayLike<unknown>))
      expect(is).not.toEqual(was)
      expect(is!.map(String).sort()).toEqual(was!.map(String).sort())
      expect(one.names).toEqual(table.names)
    }
  })
})

describe('partialDependence of a table', () => {
  it('takes columns by name and all categories', async () => {
    const model = await fitted()
    const { gridValues, average } = await partialDependence(model, table, {
      features: ['job', 'age'],
      gridResolution: 3,
    })
    expect(gridValues[0]).toEqual(jobs)
    const ages = gridValues[1] as Float64Array
    expect(ages).toHaveLength(3)
    expect(average).toHaveLength(1)
    for (const [k, job] of jobs.entries()) {
      for (const [i, age] of ages.entries()) {
        const changed = rows.map((row) => ({ ...row, job, age }))
        const probability = (await model.predictProba(changed)).toArray().map(([, p]) => p!)
        expect(average![0]![k * 3 + i]).toBeCloseTo(probability.reduce((a, b) => a + b) / 120, 6)
      }
    }
    expect(average![0]![3]).toBeGreaterThan(average![0]![0]!)
    expect((await partialDependence(model, rows, { features: [2, 1], gridResolution: 3 })).average).toEqual(average)
  })

  it('takes values of one, missing ones among them, and booleans', async () => {
    const asked = new Asked()
    const features = ['town', 'member']
    const { gridValues } = await partialDependence(asked, table, { features, customValues: { town: ['b', null] } })
    expect(gridValues).toEqual([
      ['b', null],
      [false, true],
    ])
    expect(asked.seen.map((one) => [one.row(5).town, one.row(5).member])).toEqual([
      ['b', false],
      ['b', true],
      [null, false],
      [null, true],
    ])
    for (const one of asked.seen) expect(one.drop(features)).toEqual(table.drop(features))
  })

  it('leaves what is missing out of the grid', async () => {
    const few = Table.from({ a: [3, null, 1, 3], b: [null, null, null, null], c: [1, 2, 3, 4] })
    const asked = new Asked()
    const categorical = { features: 'a', categoricalFeatures: ['a'], gridResolution: 2 }
    expect((await partialDependence(asked, few, categorical)).gridValues).toEqual([Float64Array.of(1, 3)])
    await expect(partialDependence(asked, few, { features: 'b' })).rejects.toThrow('values in column "b", but all are')
  })

  const dated = table.withColumn('day', new Array(120).fill(new Date(0)))
  it.each([
    [{ features: 'jobs' }, 'Expected one of the columns "town", "age", "job", "member", "day" for features, but got'],
    [{ features: 5 }, 'Expected an integer from 0 to 4 for features, but got 5.'],
    [{ features: ['job', 2] }, 'Expected each column once for features, but got 2 twice.'],
    [{ features: 'day' }, 'Expected numbers, strings or booleans for column "day", but got dates.'],
    [{ features: 'job', customValues: { job: [1] } }, 'Expected a string or null for customValues[job][0], but got 1.'],
    [{ features: 'job', customValues: { jib: ['a'] } }, 'Unknown option "jib" for customValues. Did you mean job?'],
    [{ features: 'age', customValues: { age: [null] } }, 'Expected a finite number for customValues[age][0]'],
    [{ features: 'age', categoricalFeatures: ['ages'] }, 'for categoricalFeatures, but got "ages".'],
  ])('refuses %o', async (options, message) => {
    await expect(partialDependence(new Asked(), dated, options as never)).rejects.toThrow(message)
  })
})

it('an empty table is refused', async () => {
  const asked = new Asked()
  await expect(permutationImportance(asked, table.slice(0, 0), [])).rejects.toThrow('at least one row and one column')
  await expect(partialDependence(asked, Table.from({}), { features: 0 })).rejects.toThrow('at least one row and one')
})

it('integratedGradients of a table are those of its matrix', async () => {
  const net = new Sequential({ layers: [layers.dense({ units: 1, activation: 'tanh', inputShape: [2] })], seed: 1 })
  const numbers = Table.from({ a: [0.5, -1], b: [true, false] })
  const baseline = Table.from({ a: [0.1], b: [false] })
  const expected = await integratedGradients(
    net,
    [
      [0.5, 1],
      [-1, 0],
    ],
    { baseline: [0.1, 0] },
  )
  expect(await integratedGradients(net, numbers, { baseline })).toEqual(expected)
  expect(expected).toBeInstanceOf(Matrix)
  await expect(integratedGradients(net, Table.from({ a: ['x'], b: [1] }))).rejects.toThrow('column "a"')
})

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

/** Whether somebody buys depends on the job and, less, on the age, but not on the town. Some ages are missing. */
const jobs = ['cook', 'pilot', 'smith']
const rows = Array.from({ length: 120 }, (_, i) => ({
  town: ['a', 'b', null][Math.floor((i * 7) / 5) % 3]!,
  age: i % 11 === 0 ? null : 20 + ((i * 13) % 40),
  job: jobs[i % 3]!,
  member: (i * 5) % 7 < 3,
}))
const table = Table.fromRows(rows)
const bought = rows.map(({ job, age }) => (job === 'pilot' || (age ?? 0) > 55 ? 'yes' : 'no'))

async function fitPipeline() {
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

/** A model that records the rows it receives. */
class Recorder {
  readonly tables: Table[] = []
  async score(x: Table) {
    this.tables.push(x)
    return this.tables.length
  }
  async predict(x: Table) {
    this.tables.push(x)
    return Array.from({ length: x.rows }, () => 0)
  }
}

describe('permutationImportance of a table', () => {
  it('finds the columns on which a pipeline relies', async () => {
    const model = await fitPipeline()
    const result = await permutationImportance(model, table, bought, { seed: 1 })
    expect(result.names).toEqual(['town', 'age', 'job', 'member'])
    expect(result.baseline).toBe(await model.score(table, bought))
    const [town, age, job, member] = result.importancesMean
    expect(job).toBeGreaterThan(age!)
    expect(Math.max(Math.abs(town!), Math.abs(member!))).toBeLessThan(job! / 4)
    expect((await permutationImportance(model, rows, bought, { seed: 1 })).importances).toEqual(result.importances)
    expect((await permutationImportance({ score: async () => 1 }, [[1]], [1])).names).toBeUndefined()
  })

  it('shuffles the entries of one column and changes no other', async () => {
    const recorder = new Recorder()
    await permutationImportance(recorder, table, bought, { seed: 1, nRepeats: 2 })
    const [original, ...changed] = recorder.tables
    expect(original).toBe(table)
    for (const [k, one] of changed.entries()) {
      const name = table.names[Math.floor(k / 2)]!
      expect(one.drop([name])).toEqual(table.drop([name]))
      expect(one.kind(name)).toBe(table.kind(name))
      const [after, before] = [one, table].map((rows) => Array.from(rows.column(name) as ArrayLike<unknown>))
      expect(after).not.toEqual(before)
      expect(after!.map(String).sort()).toEqual(before!.map(String).sort())
      expect(one.names).toEqual(table.names)
    }
  })
})

describe('partialDependence of a table', () => {
  it('accepts column names, and uses all categories', async () => {
    const model = await fitPipeline()
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

  it('uses custom values, also null, and both booleans', async () => {
    const recorder = new Recorder()
    const features = ['town', 'member']
    const { gridValues } = await partialDependence(recorder, table, { features, customValues: { town: ['b', null] } })
    expect(gridValues).toEqual([
      ['b', null],
      [false, true],
    ])
    expect(recorder.tables.map((one) => [one.row(5).town, one.row(5).member])).toEqual([
      ['b', false],
      ['b', true],
      [null, false],
      [null, true],
    ])
    for (const one of recorder.tables) expect(one.drop(features)).toEqual(table.drop(features))
  })

  it('omits missing values from the grid', async () => {
    const few = Table.from({ a: [3, null, 1, 3], b: [null, null, null, null], c: [1, 2, 3, 4] })
    const recorder = new Recorder()
    const categorical = { features: 'a', categoricalFeatures: ['a'], gridResolution: 2 }
    expect((await partialDependence(recorder, few, categorical)).gridValues).toEqual([Float64Array.of(1, 3)])
    await expect(partialDependence(recorder, few, { features: 'b' })).rejects.toThrow(
      'values in column "b", but all are',
    )
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
  ])('rejects the options %o', async (options, message) => {
    await expect(partialDependence(new Recorder(), dated, options as never)).rejects.toThrow(message)
  })
})

it('permutationImportance and partialDependence reject an empty table', async () => {
  const recorder = new Recorder()
  await expect(permutationImportance(recorder, table.slice(0, 0), [])).rejects.toThrow(
    'at least one row and one column',
  )
  await expect(partialDependence(recorder, Table.from({}), { features: 0 })).rejects.toThrow('at least one row and one')
})

it('integratedGradients of a table equals that of its matrix', async () => {
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

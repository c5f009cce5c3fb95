import { describe, expect, it } from 'vitest'
import { ArgumentError } from '../../../lib/base/errors.js'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'

const rows = Array.from({ length: 60 }, (_, i) => ({ a: i / 2, b: `w${i % 3}`, y: i % 3 > 0 ? 'yes' : 'no', n: i * 3 }))
const fit = (given: unknown, options: object = { target: 'y' }) =>
  new TabularClassifier({ seed: 1 }).fit(given as never, { timeLimit: 1, ...options } as never)
const changed = (change: object, at = 7) => rows.map((row, i) => (i === at ? { ...row, ...change } : row))

describe('a classifier refuses, with row and column where there are any,', () => {
  it.each([
    ['a missing label', changed({ y: null }), { row: 7, column: 'y', message: /a label.*Leave the row out/ }],
    ['a label that is a fraction', changed({ y: 0.5 }, 0), { row: 0, column: 'y', message: /TabularRegressor/ }],
    ['labels of two types', changed({ y: 1 }), { row: 7, column: 'y', message: /a string .*as in row 0/ }],
    ['a constant target', rows.map((row) => ({ ...row, y: 'no' })), { column: 'y', message: /at least two classes/ }],
    ['labels that all differ', rows.map((row, i) => ({ ...row, y: `u${i}` })), { column: 'y', message: /Is it an id/ }],
    [
      'a row that lacks a column',
      changed({}).map(({ a, ...row }, i) => (i === 7 ? row : { a, ...row })),
      { row: 7, column: 'a' },
    ],
    ['a row with another column', changed({ extra: 1 }), { row: 7, column: 'extra' }],
    ['one row', rows.slice(0, 1), { message: /at least two classes|at least 5 rows/ }],
    ['four rows', rows.slice(0, 4), { message: /at least 5 rows/ }],
    ['one column', rows.map(({ y }) => ({ y })), { message: /columns beside the target/ }],
    ['no column that can be read', rows.map(({ y }, i) => ({ y, id: i })), { message: /all are left out.*"id"/ }],
    ['no rows', [], { message: /at least one row/ }],
    ['infinity', changed({ a: Infinity }), { row: 7, column: 'a' }],
    [
      'a date that does not parse',
      rows.map((row, i) => ({ ...row, d: i === 9 ? '2026-02-30' : '2026-02-03' })),
      { row: 9, column: 'd' },
    ],
    ['an invalid Date', changed({ a: new Date('x') }), { row: 7, column: 'a' }],
    ['an object in a cell', changed({ b: {} }), { row: 7, column: 'b' }],
    ['a row that is no object', [...rows.slice(0, 5), 3], { row: 5 }],
  ])('%s', async (_, given, { message = /./, ...place }: { message?: RegExp; row?: number; column?: string }) => {
    const error = await fit(given).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', ...place })
    expect((error as Error).message).toMatch(message)
  })

  it('a target that the rows do not have', async () => {
    await expect(fit(rows, { target: 'yes' })).rejects.toThrow('a column of the rows, one of "a", "b", "y", "n"')
  })
})

it.each([
  ['a constant', rows.map((row) => ({ ...row, n: 4 })), /different numbers/],
  ['a missing number', changed({ n: null }), /a number for row 7, column "n"/],
  ['a word', changed({ n: 'many' }), /row 7, column "n".*TabularClassifier/],
])('a regressor refuses a target with %s', async (_, given, message) => {
  const fitting = new TabularRegressor({ seed: 1 }).fit(given as typeof rows, { target: 'n', timeLimit: 1 })
  await expect(fitting).rejects.toThrow(message)
})

it('a regressor learns numbers that all differ, and numbers as words', async () => {
  const given = rows.map(({ a, b, n }) => ({ a, b, n: `${n}` }))
  const model = await new TabularRegressor({ seed: 1 }).fit(given, { target: 'n', timeLimit: 1 })
  expect(model.predictSync({ a: '12', b: null })).toBeGreaterThan(0)
})

it('an iterable that throws rejects with its error, and the model keeps what it had learned', async () => {
  const model = await fit(rows)
  const before = model.toBytes()
  async function* broken() {
    yield* rows
    throw new RangeError('lost connection')
  }
  await expect(model.fit(broken() as never, { target: 'y' } as never)).rejects.toThrow(RangeError)
  await expect(model.update(broken() as never)).rejects.toThrow(RangeError)
  await expect(model.predict(broken() as never)).rejects.toThrow('lost connection')
  expect(model.toBytes()).toEqual(before)
})

it('says that a wrong row is one of the option validation', async () => {
  const error = await fit(rows, { target: 'y', validation: changed({ y: 'maybe' }, 3) }).catch(
    (caught: unknown) => caught,
  )
  expect(error).toMatchObject({ code: 'ERR_ARGUMENT', row: 3, column: 'y' })
  expect((error as Error).message).toMatch(/^The option validation: Expected one of the classes "no", "yes" for row 3/)
})

it('says that rows to evaluate lack the target', async () => {
  const model = await fit(rows)
  await expect(model.evaluate(rows.map(({ y, ...row }) => row) as never)).rejects.toMatchObject({
    ...{ row: 0, column: 'y', message: 'Expected the target column "y" for row 0, but got none.' },
  })
})

it('columns called __proto__ and constructor are learned, explained and watched', async () => {
  const given = rows.map(({ a, b, y }) => JSON.parse(`{"__proto__": ${a}, "constructor": "${b}", "y": "${y}"}`))
  const model = await fit(given)
  const row: Record<string, unknown> = JSON.parse('{"__proto__": 3, "constructor": "w1"}')
  expect(['no', 'yes']).toContain(model.predictSync(row))
  const { contributions } = await model.explain(row)
  expect(Object.keys(contributions)).toEqual(['__proto__', 'constructor'])
  expect((await model.drift([row])).columns.map(({ column }) => column)).toEqual(['__proto__', 'constructor'])
  expect(() => model.predictSync({} as never)).toThrow('the column "__proto__"')
  const again = await TabularClassifier.load(model.toBytes())
  expect(again.predictSync(row)).toBe(model.predictSync(row))
})

it('a table of 100,000 columns is learned', async () => {
  const names = Array.from({ length: 100_000 }, (_, j) => `c${j}`)
  const given = Array.from({ length: 12 }, (_, i) => ({
    ...Object.fromEntries(names.map((name, j) => [name, ((i + 1) * (j + 7)) % 11])),
    y: i % 2 ? 'odd' : 'even',
  }))
  const model = await fit(given, { target: 'y', timeLimit: 2 })
  expect(model.schema.columns).toHaveLength(100_000)
  expect(['odd', 'even']).toContain(model.predictSync(given[0] as never))
}, 300_000)

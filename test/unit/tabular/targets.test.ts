import { describe, expect, it } from 'vitest'
import { TabularClassifier, TabularRegressor } from '../../../lib/tabular/index.js'

const rows = (n: number, y: (i: number) => unknown) =>
  Array.from({ length: n }, (_, i) => ({ x: (i * 7) % 11, y: y(i) }))

describe('the rows and the target of fit', () => {
  it.each([
    ['a target that is missing', rows(20, (i) => (i === 4 ? null : `c${i % 2}`)), { row: 4, column: 'y' }],
    ['a target that is constant', rows(20, () => 'a'), 'at least two classes'],
    ['a target that differs in all rows', rows(20, (i) => `c${i}`), 'Is it an id?'],
    ['a target of fractions', rows(20, (i) => i / 3), 'Use TabularRegressor'],
    ['a target of two types', rows(20, (i) => (i === 5 ? 1 : `c${i % 2}`)), { row: 5, column: 'y' }],
    ['a target of dates', rows(20, () => new Date()), { row: 0, column: 'y' }],
    ['too few rows', rows(4, (i) => `c${i % 2}`), 'at least 5 rows'],
    ['one row', rows(1, () => 'a'), 'at least two classes'],
    ['one column', [{ y: 1 }, { y: 2 }], 'columns beside the target'],
    [
      'no column that can be read',
      rows(20, (i) => `c${i % 2}`).map(({ y }) => ({ x: 4, y })),
      'all are left out ("x": all cells are equal)',
    ],
    ['rows with other columns', [...rows(20, (i) => `c${i % 2}`), { y: 'c0' }], { row: 20, column: 'x' }],
  ])('refuses %s', async (_, table, expected) => {
    const error = await new TabularClassifier()
      .fit(table as { x: number; y: unknown }[], { target: 'y' })
      .catch((caught: unknown) => caught)
    if (typeof expected === 'string') expect((error as Error).message).toContain(expected)
    else expect(error).toMatchObject(expected)
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT' })
  })

  it('trains with the one row of a class', async () => {
    const model = await new TabularClassifier({ seed: 1 }).fit(
      rows(30, (i) => (i === 3 ? 'rare' : `c${i % 2}`)),
      { target: 'y' },
    )
    expect(model.classes).toEqual(['c0', 'c1', 'rare'])
  })

  it.each([
    ['words', rows(20, (i) => `c${i}`), { row: 0, column: 'y' }],
    ['a missing number', rows(20, (i) => (i === 4 ? null : i)), { row: 4, column: 'y' }],
    ['equal numbers', rows(20, () => 3), { column: 'y' }],
  ])('of a regressor refuses %s', async (_, table, expected) => {
    await expect(new TabularRegressor().fit(table, { target: 'y' })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      ...expected,
    })
  })
})

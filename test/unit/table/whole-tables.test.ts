import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, Table } from '../../../lib/index.js'

const day = new Date('2024-02-29T00:00:00Z')
const later = new Date('2025-01-01T00:00:00Z')
const table = Table.from({
  age: [39, null, 50],
  job: ['clerk', 'cook', undefined],
  paid: [true, false, null],
  since: [later, null, day],
})

describe('Table', () => {
  it('filter keeps the rows for which a function holds', () => {
    expect(table.filter(({ age }) => age !== null).toRows()).toEqual([table.row(0), table.row(2)])
    expect(table.filter((_, i) => i === 1).toRows()).toEqual([table.row(1)])
    const none = table.filter(() => false)
    expect([none.rows, none.names, none.kind('job')]).toEqual([0, table.names, 'string'])
    expect(() => table.filter('age' as never)).toThrow('Expected a function of a row for test')
  })

  it('toRows gives back what fromRows takes', () => {
    const row = fc.record({ a: fc.option(fc.double({ noNaN: true })), b: fc.option(fc.string()) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const kinds = { a: 'number', b: 'string' } as const
        expect(Table.fromRows(rows, { kinds }).toRows()).toEqual(rows)
      }),
    )
  })

  it('concat puts tables of the same columns one below the other', () => {
    const swapped = table.select(['since', 'paid', 'job', 'age']).slice(1)
    const joined = table.concat(swapped, table.slice(0, 1))
    expect(joined.names).toEqual(table.names)
    expect(joined.toRows()).toEqual([...table, table.row(1), table.row(2), table.row(0)])
    expect(joined.numbers('age')).toBeInstanceOf(Float64Array)
    expect(table.concat().toRows()).toEqual(table.toRows())
  })

  it('concat refuses other columns, kinds and values, by name', () => {
    const other = Table.from({ age: ['x'], job: ['y'], paid: [true], since: [day] })
    expect(() => table.concat(table.drop(['age']))).toThrow('the columns of the first table')
    expect(() => table.drop(['age']).concat(table)).toThrow('also "age"')
    expect(() => table.concat(table, other)).toThrow(/numbers for column "age" of table 1, but got strings/)
    expect(() => table.concat([{ age: 1 }] as never)).toThrow(ArgumentError)
  })

  it('sample draws different rows, the same ones by a seed', () => {
    const many = Table.from({ n: Array.from({ length: 50 }, (_, i) => i) })
    const drawn = many.sample(20, { seed: 3 }).numbers('n')
    expect(new Set(drawn).size).toBe(20)
    expect(many.sample(20, { seed: 3 }).numbers('n')).toEqual(drawn)
    expect(many.sample(20, { seed: 4 }).numbers('n')).not.toEqual(drawn)
    expect(many.sample(50).numbers('n').toSorted()).toEqual(many.numbers('n'))
    expect(many.sample(0).rows).toBe(0)
    expect(() => many.sample(51)).toThrow('count')
    expect(() => many.sample(1, { seeds: 1 } as never)).toThrow('seed')
  })

  it('sample draws each row equally often', () => {
    const counts = new Float64Array(5)
    const five = Table.from({ n: [0, 1, 2, 3, 4] })
    for (let seed = 0; seed < 2000; seed++) for (const n of five.sample(2, { seed }).numbers('n')) counts[n]!++
    // 800 expected, with a standard deviation of 22.
    for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(110)
  })

  it('describe tells what pandas does', () => {
    const { columns, told } = JSON.parse(readFileSync(new URL('./fixtures/describe.json', import.meta.url), 'utf8'))
    const own = Table.from<Record<string, (number | string | null)[]>>(columns).describe()
    for (const name of ['size', 'one']) {
      const { count, mean, std, min, q25, median, q75, max, missing } = own[name]!
      const theirs = told[name]
      expect([count, missing]).toEqual([theirs.count, 40 - theirs.count])
      for (const [ours, key] of [
        [mean, 'mean'],
        [min, 'min'],
        [q25, '25%'],
        [median, '50%'],
        [q75, '75%'],
        [max, 'max'],
      ] as const) {
        expect(ours, `${key} of ${name}`).toBeCloseTo(theirs[key], 12)
      }
      if (theirs.std === null) expect(std).toBeNaN()
      else expect(std).toBeCloseTo(theirs.std, 12)
    }
    const { count, unique, top, freq } = told.colour
    expect(own.colour).toEqual({ kind: 'string', count, missing: 40 - count, unique, top, topCount: freq })
  })

  it('describe tells of booleans, dates and columns without entries', () => {
    const { paid, since } = table.describe()
    expect(paid).toEqual({ kind: 'boolean', count: 2, missing: 1, unique: 2, top: true, topCount: 1 })
    expect(since).toEqual({ kind: 'date', count: 2, missing: 1, unique: 2, min: day, max: later })
    const empty = Table.from({ n: [null], s: [null] }, { kinds: { s: 'string' } }).describe()
    expect(empty.s).toEqual({ kind: 'string', count: 0, missing: 1, unique: 0 })
    expect(empty.n).toMatchObject({ count: 0, missing: 1, mean: Number.NaN, std: Number.NaN, min: Number.NaN })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, type CellValue, Table, type TableRow } from '../../../lib/index.js'

const day = new Date('2024-02-29T00:00:00Z')
const table = Table.from({
  age: [39, null, 50],
  job: ['clerk', 'cook', undefined],
  paid: [true, false, null],
  since: [day, null, day],
})

describe('Table', () => {
  it('has columns with names and kinds, and marks missing entries', () => {
    expect(table.names).toEqual(['age', 'job', 'paid', 'since'])
    expect(table.names.map((name) => table.kind(name))).toEqual(['number', 'string', 'boolean', 'date'])
    expect(table.rows).toBe(3)
    expect(table.column('age')).toEqual(Float64Array.of(39, Number.NaN, 50))
    expect(table.column('job')).toEqual(['clerk', 'cook', null])
    expect(table.column('paid')).toEqual([true, false, null])
    expect(table.column('since')).toEqual([day, null, day])
  })

  it('returns rows as plain objects', () => {
    expect(table.row(1)).toEqual({ age: null, job: 'cook', paid: false, since: null })
    expect([...table]).toEqual([table.row(0), table.row(1), table.row(2)])
  })

  it('select, drop, slice and take return parts of the table', () => {
    expect(table.select(['job', 'age']).names).toEqual(['job', 'age'])
    expect(table.drop(['job', 'age']).names).toEqual(['paid', 'since'])
    expect(table.select([]).rows).toBe(3)
    expect([...table.slice(1)]).toEqual([table.row(1), table.row(2)])
    expect([...table.slice(-2, -1)]).toEqual([table.row(1)])
    expect(table.slice(2, 1).rows).toBe(0)
    expect([...table.take([2, 0, 2])]).toEqual([table.row(2), table.row(0), table.row(2)])
    // A kind does not depend on the remaining rows.
    expect(table.take([2]).kind('job')).toBe('string')
  })

  it('withColumn replaces or adds a column', () => {
    const other = table.withColumn('job', [null, null, 'pilot'])
    expect(other.names).toEqual(table.names)
    expect(other.column('job')).toEqual([null, null, 'pilot'])
    expect(other.drop(['job'])).toEqual(table.drop(['job']))
    expect(table.column('job')).toEqual(['clerk', 'cook', null])
    // A column without entries keeps the kind.
    expect(table.withColumn('job', [null, null, null]).kind('job')).toBe('string')
    const more = table.withColumn('size', [1, 2, 3])
    expect([more.names.at(-1), more.kind('size')]).toEqual(['size', 'number'])
    expect(Table.from({}).withColumn('a', [1, 2]).rows).toBe(2)
    expect(() => table.withColumn('job', [1, 2, 3])).toThrow('Expected a string for row 0 of column "job", but got 1.')
    expect(() => table.withColumn('size', [1])).toThrow(
      'Expected 3 entries for column "size" (as there are rows), but got 1',
    )
    expect(() => table.withColumn('', [1, 2, 3])).toThrow('a non-empty string for name')
  })

  it('toMatrix returns numbers and booleans as a matrix', () => {
    const matrix = table.toMatrix(['paid', 'age'])
    expect(matrix.toArray()).toEqual([
      [1, 39],
      [0, Number.NaN],
      [Number.NaN, 50],
    ])
    expect(() => table.toMatrix()).toThrow('Expected numbers or booleans for column "job", but got strings. Encode it')
    expect(() => table.toMatrix(['since'])).toThrow('for column "since", but got dates')
  })

  it('fromRows takes objects with different keys', () => {
    const made = Table.fromRows([{ a: 1 }, { b: 'x', a: null }, {}])
    expect([...made]).toEqual([
      { a: 1, b: null },
      { a: null, b: 'x' },
      { a: null, b: null },
    ])
    expect(Table.fromRows([]).rows).toBe(0)
    const hostile = Table.fromRows([{ a: 1 }, JSON.parse('{ "__proto__": 7, "constructor": 8 }') as object as TableRow])
    expect(hostile.names).toEqual(['a', '__proto__', 'constructor'])
    expect(hostile.column('constructor')).toEqual(Float64Array.of(Number.NaN, 8))
    expect(Object.getPrototypeOf(hostile.row(1))).toBe(Object.prototype)
  })

  it('takes the kinds of columns without entries', () => {
    const kinds = { job: 'string' } as const
    expect(Table.from({ job: [null, null] }).kind('job')).toBe('number')
    expect(Table.from({ job: [null, null] }, { kinds }).column('job')).toEqual([null, null])
    expect(() => Table.from({ job: [null, 1] }, { kinds })).toThrow('Expected a string for row 1 of column "job"')
    expect(() => Table.from({ jobs: [] }, { kinds })).toThrow('Unknown option "job" for kinds. Did you mean jobs?')
    expect(() => Table.from({ a: [] }, { kinds: { a: 'text' as never } })).toThrow('for the kind of "a"')
  })

  it.each<[string, () => unknown, string]>([
    ['mixed kinds', () => Table.from({ a: [1, null, 'x'] }), 'Expected a number for row 2 of column "a" (as in row 0)'],
    ['an entry of no kind', () => Table.from({ a: [{} as never] }), 'for row 0 of column "a", but got an object'],
    ['an invalid date', () => Table.from({ a: [new Date('never')] }), 'or a valid Date for row 0 of column "a"'],
    ['a bigint', () => Table.from({ a: [1n as never] }), 'but got 1n'],
    [
      'columns of different lengths',
      () => Table.from({ a: [1], b: [1, 2] }),
      'Expected 1 entries for column "b" (as in "a"), but got 2.',
    ],
    ['text as a column', () => Table.from({ a: 'text' as never }), 'Expected an array of entries for column "a"'],
    ['an array as columns', () => Table.from([] as never), 'Expected an object for columns'],
    ['a number as rows', () => Table.fromRows(3 as never), 'Expected an array of objects for rows, but got 3.'],
    [
      'a row that is an array',
      () => Table.fromRows([[1]] as never),
      'Expected an object of entries by column for row 0',
    ],
    [
      'an unknown name',
      () => table.column('jobs'),
      'one of "age", "job", "paid", "since" for a column, but got "jobs"',
    ],
    ['a name twice', () => table.select(['age', 'age']), '"age" twice'],
    ['an unknown name to drop', () => table.drop(['x']), 'but got "x"'],
    ['a row beyond the end', () => table.row(3), 'Expected an integer from 0 to 2 for row, but got 3.'],
    ['an index beyond the end', () => table.take([0, -1]), 'for indices[1], but got -1'],
    ['a row of an empty table', () => Table.from({}).row(0), 'the table has none'],
    ['a fraction as a row number', () => table.slice(0.5), 'Expected an integer for begin'],
  ])('rejects %s', (_, make, message) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })

  it('has typed columns: numbers, strings, and labels without missing ones', () => {
    const typed = Table.from({
      age: [39, null],
      paid: [true, null],
      job: ['cook', null],
      year: [1, 2],
      on: [true, false],
    })
    expect(typed.numbers('age')).toBe(typed.column('age'))
    expect(typed.numbers('paid')).toEqual(Float64Array.of(1, Number.NaN))
    expect(typed.strings('job')).toEqual(['cook', null])
    expect(typed.labels('year')).toEqual([1, 2])
    expect(typed.labels('on')).toEqual([true, false])
    expect(typed.slice(0, 1).labels('job')).toEqual(['cook'])
    expect(() => typed.labels('job')).toThrow('Expected a label for row 1 of column "job", but got a missing entry.')
    expect(() => typed.labels('age')).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', row: 1, column: 'age' }))
    expect(() => typed.numbers('job')).toThrow('Expected numbers or booleans for column "job", but got strings.')
    expect(() => typed.strings('age')).toThrow('Expected strings for column "age", but got numbers.')
    const dates = Table.from({ day: [new Date(0)] })
    expect(() => dates.labels('day')).toThrow('Expected strings, numbers or booleans for column "day", but got dates.')
    expect(() => typed.strings('jobs')).toThrow('for a column, but got "jobs"')
  })

  it('iterates over the same rows that it was made from', () => {
    const rows = fc.array(
      fc.record({
        number: fc.option(fc.double({ noNaN: true })),
        text: fc.option(fc.string()),
        flag: fc.option(fc.boolean()),
      }),
    )
    fc.assert(
      fc.property(rows, (objects) => {
        expect([...Table.fromRows(objects)] as Record<string, CellValue>[]).toEqual(objects)
      }),
    )
  })
})

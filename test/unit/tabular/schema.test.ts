import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError } from '../../../lib/base/errors.js'
import { type Cell, inferSchema } from '../../../lib/tabular/index.js'
import { readSet, sets } from './tables.js'

/** `n` rows of one column. */
const rowsOf = (n: number, value: (i: number) => unknown, name = 'x') =>
  Array.from({ length: n }, (_, i) => ({ [name]: value(i) }))

const kindOf = async (n: number, value: (i: number) => unknown, name = 'x') => {
  const schema = await inferSchema(rowsOf(n, value, name))
  return schema.column(name).kind
}

describe('kinds of columns', () => {
  it.each([
    ['number', 40, (i: number) => i * 1.5],
    ['number', 40, (i: number) => `${i / 4}`],
    ['number', 40, (i: number) => (i % 3 ? ` ${i}e3 ` : null)],
    ['code', 100, (i: number) => i % 7],
    ['code', 100, (i: number) => `${i % 7}.0`],
    ['boolean', 10, (i: number) => i % 2 === 0],
    ['boolean', 10, (i: number) => (i % 2 ? 'True' : 'false')],
    ['category', 100, (i: number) => `c${i % 9}`],
    ['category', 100, (i: number) => `0213${i % 9}`],
    ['category', 10, (i: number) => (i ? 'a' : null)],
    ['date', 40, (i: number) => new Date(2020, i, 1)],
    ['date', 40, (i: number) => `2026-01-${String((i % 28) + 1).padStart(2, '0')}`],
    ['date', 40, (i: number) => `2026/02/03 12:${String(i).padStart(2, '0')}:00+02:00`],
    ['text', 60, (i: number) => `message number ${i} of ${i * 7} words`],
    ['constant', 30, () => 4],
    ['constant', 30, () => null],
    ['id', 30, (i: number) => i + 100],
    ['id', 30, (i: number) => `u${(i * 7919) % 1000}-x`],
    ['refused', 30, (i: number) => `u${i % 25}`],
  ] as const)('infers %s from %i cells (%#)', async (kind, n, value) => expect(await kindOf(n, value)).toBe(kind))

  it('keeps words that begin with a zero, among a few that are no numbers, as categories', async () => {
    expect(await kindOf(400, (i) => (i % 25 ? `0${1000 + (i % 150)}` : 'none'))).toBe('category')
  })

  it('takes different whole numbers for an id only under the name of one', async () => {
    const value = (i: number) => (i * 7919) % 104_729
    expect(await kindOf(50, value, 'customerId')).toBe('id')
    expect(await kindOf(50, value, 'paid')).toBe('number')
  })

  it('takes numbers under the name of an id for categories where each has four rows, and leaves them out where it has fewer', async () => {
    expect(await kindOf(400, (i) => 1000 + ((i * 7) % 80), 'shop_id')).toBe('category')
    expect(await kindOf(400, (i) => `${1000 + ((i * 7) % 80)}`, 'shop_id')).toBe('category')
    expect(await kindOf(400, (i) => 1000 + ((i * 7) % 80), 'bid')).toBe('number')
    const schema = await inferSchema(rowsOf(400, (i) => 1000 + ((i * 7) % 300), 'patientId'))
    expect(schema.column('patientId')).toMatchObject({
      kind: 'id',
      reason: expect.stringMatching(/300 different ones in 400 rows/),
    })
  })

  it('keeps numbers that all differ and have no gaps, but no name of a number of a row', async () => {
    const rows = Array.from({ length: 52 }, (_, i) => ({ week: ((i * 7) % 53) + 1, No: ((i * 7) % 53) + 1, y: i / 7 }))
    const schema = await inferSchema(rows)
    expect(schema.columns.map(({ kind }) => kind)).toEqual(['number', 'id', 'number'])
  })

  it('finds numbers of rows that were shuffled or split, and keeps numbers that recur or begin elsewhere', async () => {
    const shuffled = (i: number) => ((i * 7919) % 1009) + 1 // 1009 is prime: all differ
    expect(await kindOf(1009, shuffled)).toBe('id')
    expect(await kindOf(700, shuffled)).toBe('id')
    expect(await kindOf(300, shuffled)).toBe('number') // gaps of more than half
    expect(await kindOf(1009, (i) => shuffled(i) + 1950)).toBe('number')
    expect(await kindOf(1010, shuffled)).toBe('number') // the first one recurs
  })

  it('refuses documents, and says why', async () => {
    const schema = await inferSchema(rowsOf(25, (i) => `${i} `.repeat(4000)))
    expect(schema.column('x')).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/turn them into vectors/),
    })
    expect(schema.report.leftOut).toMatchObject([{ column: 'x', kind: 'refused' }])
  })

  it('follows the option columns', async () => {
    const schema = await inferSchema(
      rowsOf(40, (i) => `${i % 5}`),
      { columns: { x: 'category' } },
    )
    expect(schema.column('x')).toMatchObject({ kind: 'category', values: ['0', '1', '2', '3', '4'] })
  })

  it.skipIf(sets.length === 0).each(sets.map((set) => [set.name, set] as const))(
    'agree with the description of %s',
    async (_, set) => {
      const schema = await inferSchema(await readSet(set), { target: set.target })
      const expected: Record<string, string[]> = {
        numeric: ['number', 'code', 'constant'],
        categorical: ['category', 'code', 'boolean'],
        text: ['text'],
      }
      for (const { name, type, role } of set.columns) {
        if (role === 'feature') expect(expected[type], name).toContain(schema.column(name).kind)
      }
    },
  )
})

describe('the report', () => {
  it.skipIf(sets.length === 0)('names what gives the target of titanic away, and duplicate rows', async () => {
    const { report } = await inferSchema(await readSet(sets.find(({ name }) => name === 'titanic')!), {
      target: 'survived',
    })
    expect(report.leaky).toEqual([{ column: 'alive', score: 1 }])
    expect(report.missing.find(({ column }) => column === 'deck')).toMatchObject({ count: 688 })
    expect(report.duplicates).toBe(107) // pandas: df.duplicated().sum()
    expect(report.classes).toMatchObject([
      { label: '0', count: 549 },
      { label: '1', count: 342 },
    ])
  })

  it('finds a number whose ranks are those of the target, and one that bins tell', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const price = (i * 7919) % 1009
      return { price, log: Math.log1p(price), noise: (i * 104_729) % 997, isDear: price > 500 ? 'yes' : 'no' }
    })
    const byPrice = await inferSchema(rows, { target: 'price' })
    expect(byPrice.report.leaky.map(({ column }) => column)).toEqual(['log'])
    const byClass = await inferSchema(rows, { target: 'isDear' })
    expect(byClass.report.leaky.map(({ column }) => column)).toEqual(['price', 'log'])
  })

  it('says how few rows a rare class has', async () => {
    const { report } = await inferSchema(
      rowsOf(200, (i) => i * 0.7).map((row, i) => ({ ...row, y: i % 50 ? 'ok' : 'bad' })),
      { target: 'y' },
    )
    expect(report).toMatchObject({ imbalanced: true, warnings: ['The class "bad" has 4 of 200 rows.'] })
  })
})

describe('rows', () => {
  it('come from arrays, generators, async iterables and tables alike', async () => {
    const rows = [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]
    async function* slowly() {
      for (const row of rows) yield row
    }
    const expected = (await inferSchema(rows)).toJSON()
    expect((await inferSchema(slowly())).toJSON()).toEqual(expected)
    expect((await inferSchema(new Set(rows))).toJSON()).toEqual(expected)
  })

  it('are read in steps between turns of the event loop', async () => {
    let turns = 0
    let isDone = false
    const count = async () => {
      while (!isDone) {
        await setImmediate()
        turns++
      }
    }
    const rows = Array.from({ length: 30_000 }, (_, i) => ({ a: i * 0.3, b: `c${i % 50}`, c: `${i % 977}` }))
    const counting = count()
    await inferSchema(rows)
    isDone = true
    await counting
    expect(turns).toBeGreaterThan(3)
  })

  it('may have a column called __proto__, and others of Object.prototype', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => JSON.parse(`{"__proto__": ${i / 4}, "constructor": "c${i % 3}"}`))
    const schema = await inferSchema(rows)
    expect(schema.columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['__proto__', 'number'],
      ['constructor', 'category'],
    ])
    expect(Object.keys(schema.toJSON().properties)).toEqual(['__proto__', 'constructor'])
    expect(() => schema.check({})).toThrow('the column "__proto__"')
    expect(Object.prototype).not.toHaveProperty('x-kind')
  })

  it('may have 100,000 columns', async () => {
    const row = Object.fromEntries(Array.from({ length: 100_000 }, (_, j) => [`c${j}`, j]))
    const schema = await inferSchema([row, row])
    expect(schema.report).toMatchObject({ rows: 2, columns: 100_000, duplicates: 1 })
  })

  it('reject with what the iterable throws, and with the reason of a signal', async () => {
    async function* broken() {
      yield { a: 1 }
      throw new RangeError('lost connection')
    }
    await expect(inferSchema(broken())).rejects.toThrow(RangeError)
    await expect(inferSchema([{ a: 1 }], { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
  })

  it.each([
    ['no rows', [], 'at least one row'],
    ['rows without columns', [{}], 'at least one column'],
    ['a row that is no object', [{ a: 1 }, 3], /row 1, but got 3/],
    ['one object in place of rows', { a: 1 }, 'an array or another iterable of objects'],
    ['a column more than in the first row', [{ a: 1 }, { a: 1, b: 2 }], { row: 1, column: 'b' }],
    ['a column less than in the first row', [{ a: 1, b: 2 }, { a: 1 }], { row: 1, column: 'b' }],
    ['infinity', [{ a: 1 }, { a: -Infinity }], { row: 1, column: 'a' }],
    ['an invalid Date', [{ a: new Date('x') }], { row: 0, column: 'a' }],
    ['an object in a cell', [{ a: 1 }, { a: { b: 1 } }], { row: 1, column: 'a' }],
    [
      'a date that does not parse',
      rowsOf(20, (i) => (i === 7 ? '2026-02-30' : '2026-02-03 10:00')),
      /a date .* for row 7, column "x"/,
    ],
    ['a word among many numbers', rowsOf(99, (i) => (i === 7 ? '?' : i * 1.1)), { row: 7, column: 'x' }],
  ])('with %s are refused', async (_, rows, expected) => {
    const error = await inferSchema(rows as object[]).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ArgumentError)
    if (typeof expected === 'string' || expected instanceof RegExp) {
      expect((error as Error).message).toMatch(expected)
    } else expect(error).toMatchObject({ code: 'ERR_ARGUMENT', ...expected })
  })

  it('that lack columns are read with missingColumns impute', async () => {
    const schema = await inferSchema([{ a: 1 }, { a: 2, b: 'x' }, { b: 'y' }], { missingColumns: 'impute' })
    expect(schema.columns.map(({ name, missing }) => [name, missing])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
    expect(schema.toJSON().required).toEqual([])
  })

  it('refuse a wrong target and wrong choices', async () => {
    const rows: Record<string, unknown>[] = [{ age: 1, job: 'x' }]
    await expect(inferSchema(rows, { target: 'income' })).rejects.toThrow('one of "age", "job"')
    await expect(inferSchema([{ y: 1 }], { target: 'y' })).rejects.toThrow('columns beside the target')
    await expect(inferSchema(rows, { columns: { ages: 'number' } })).rejects.toThrow('Did you mean age?')
    await expect(inferSchema(rows, { columns: { age: 'numeric' as never } })).rejects.toThrow('one of number, code')
    await expect(inferSchema(rows, { columns: { job: 'number' } })).rejects.toMatchObject({ row: 0, column: 'job' })
  })
})

describe('a schema', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    ...{ age: i * 0.5, code: i % 4, isNew: i % 2 > 0, job: `j${i % 5}`, day: `2026-01-0${(i % 9) + 1}`, id: `u${i}` },
    note: `some words ${i} and more ${i * 3}`,
  }))
  const good = { age: 1, code: 2, isNew: true, job: 'j1', day: '2026-05-05', note: 'hello', id: null }

  it('takes what a model takes', async () => {
    const schema = await inferSchema(rows)
    for (const row of [
      good,
      { ...good, age: ' 12.5 ', code: '3', job: 'never seen', day: new Date(), isNew: 0 },
      { ...good, age: null, code: '', job: null, day: undefined, note: null, isNew: 'TRUE' },
      Object.fromEntries(Object.entries(good).filter(([key]) => key !== 'id')),
    ]) {
      schema.check(row as never)
      expect(schema['~standard'].validate(row)).toEqual({ value: row })
    }
    await schema.checkAll([good, good])
  })

  it.each([
    ['a word for a number', { ...good, age: 'old' }, 'age'],
    ['infinity', { ...good, age: Infinity }, 'age'],
    ['a word for true or false', { ...good, isNew: 'maybe' }, 'isNew'],
    ['a date that is none', { ...good, day: 'yesterday' }, 'day'],
    ['an object', { ...good, job: {} }, 'job'],
    ['an unknown column', { ...good, extra: 1 }, 'extra'],
    ['a missing column', (({ age: _, ...rest }) => rest)(good), 'age'],
  ])('refuses %s the same way one by one and in batches', async (_, row, column) => {
    const schema = await inferSchema(rows)
    const result = schema['~standard'].validate(row)
    expect(result.issues).toMatchObject([{ path: [column] }])
    expect(() => schema.check(row as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', row: 0, column }))
    await expect(schema.checkAll([good, row] as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', row: 1, column })
  })

  it('lets rows have other columns by policy', async () => {
    const schema = await inferSchema(rows, { unknownColumns: 'ignore', missingColumns: 'impute' })
    expect(() => schema.check({ age: 3, other: 'x' } as never)).not.toThrow()
    expect(schema.toJSON()).toMatchObject({ required: [], additionalProperties: true })
  })

  it('has types of rows and a shape for console.log', async () => {
    const schema = await inferSchema(rows, { target: 'job' })
    const { inspect } = await import('node:util')
    expect(inspect(schema)).toMatch(/^Schema \{\s+target: 'job'/)
    // @ts-expect-error: not a column
    expect(() => schema.check({ agee: 1 })).toThrow()
  })
})

const cell: fc.Arbitrary<unknown> = fc.oneof(
  ...[
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constantFrom(null, undefined, '', ' 7 ', 'true', '2026-01-01'),
  ],
  ...[fc.date({ noInvalidDate: false }), fc.constantFrom(Infinity, {}, [], '2026-13-01', '1e999', '0012')],
)

describe('any rows', () => {
  const names = fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '')), {
    minLength: 1,
    maxLength: 4,
  })
  const table = names.chain((columns) =>
    fc
      .array(fc.tuple(...columns.map(() => cell)), { minLength: 1, maxLength: 40 })
      .map((rows) => rows.map((row) => Object.fromEntries(row.map((value, j) => [columns[j]!, value])))),
  )

  it('give a schema that takes each of them, or an ArgumentError', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        try {
          const schema = await inferSchema(rows as Record<string, Cell>[])
          for (const row of rows) schema.check(row as never)
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError)
          expect(error).toHaveProperty('row')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are judged alike by check, by the Standard Schema and, without dates, by the JSON Schema', async () => {
    const schema = await inferSchema(
      Array.from({ length: 50 }, (_, i) => ({ n: i / 3, c: i % 3, b: i % 2 > 0, w: `w${i % 4}`, t: `t ${i} t` })),
    )
    const json = schema.toJSON()
    const value = cell.filter((v) => !(v instanceof Date) && v !== '1e999' && v !== Infinity)
    await fc.assert(
      fc.asyncProperty(fc.record({ n: value, c: value, b: value, w: value, t: value }), async (row) => {
        const plain = JSON.parse(JSON.stringify(row)) as Record<string, unknown>
        const { issues } = schema['~standard'].validate(plain)
        let thrown = false
        try {
          schema.check(plain as never)
        } catch {
          thrown = true
        }
        expect(thrown).toBe(issues !== undefined)
        expect(isValid(plain, json)).toBe(!thrown)
      }),
      { numRuns: 500 },
    )
  })
})

/** The keywords of JSON Schema that schemas use. */
interface Keywords {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly object[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
}

function isValid(value: unknown, keywords: object): boolean {
  const schema: Keywords = keywords
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  if (schema.type && ![schema.type].flat().includes(type)) return false
  if (schema.enum && !schema.enum.includes(value)) return false
  if (schema.anyOf && !schema.anyOf.some((one) => isValid(value, one))) return false
  if (schema.pattern && typeof value === 'string' && !new RegExp(schema.pattern, 'u').test(value)) return false
  const { properties, required, additionalProperties } = schema
  if (!properties) return true
  const row = value as Record<string, unknown>
  return (
    required!.every((name) => Object.hasOwn(row, name)) &&
    Object.entries(row).every(([name, entry]) =>
      Object.hasOwn(properties, name) ? isValid(entry, properties[name]!) : additionalProperties,
    )
  )
}

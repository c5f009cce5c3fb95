import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError, type Column, type ColumnKind, datasets, FormatError } from '../../../lib/index.js'
import { collect } from './collect.js'

const { csvBatches, readCsv } = datasets
const folder = mkdtempSync(join(tmpdir(), 'perceptra-csv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'some.csv')

function write(content: string | Uint8Array): string {
  writeFileSync(path, content)
  return path
}

const read = (content: string | Uint8Array, options?: datasets.CsvOptions) => readCsv(write(content), options)

const entries = (column: Column) =>
  Array.from(column as Iterable<unknown>, (value) => {
    if (typeof value !== 'number') return value
    return Number.isNaN(value) ? null : Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf'
  })

interface Fixture {
  cases: { name: string; text: string; columns: { name: string; kind: string; values: unknown[] }[] }[]
}
const fixture = JSON.parse(readFileSync(new URL('../../parity/fixtures/csv.json', import.meta.url), 'utf8')) as Fixture

it('readCsv takes a name with a semicolon where the delimiter is given', async () => {
  expect((await read('a;b\n1\n', { delimiter: ',' })).names).toEqual(['a;b'])
  expect((await read('a;b,c\n1,2\n')).names).toEqual(['a;b', 'c'])
})

describe('readCsv reads what pandas reads', () => {
  /** Cases with leading zeros or integers above 2^53, which stay text unless kinds says that they are numbers. */
  const asNumbers = ['whole numbers', 'large numbers']
  it.each(fixture.cases.map((one) => [one.name, one] as const))('%s', async (title, { text, columns }) => {
    const kinds = Object.fromEntries(columns.map(({ name, kind }) => [name, kind as ColumnKind]))
    const table = await read(text, asNumbers.includes(title) ? { kinds } : {})
    expect(table.names).toEqual(columns.map(({ name }) => name))
    for (const { name, kind, values } of columns) {
      // An empty column is of numbers here, of objects in pandas.
      if (values.length > 0) expect(table.kind(name), name).toBe(kind)
      const actual = entries(table.column(name))
      expect(actual).toHaveLength(values.length)
      for (const [i, value] of values.entries()) {
        // The default parser of pandas sometimes rounds the last digit differently.
        if (typeof value === 'number') expect((actual[i] as number) / value).toBeCloseTo(1, 14)
        else expect(actual[i]).toBe(value)
      }
    }
  })
})

describe('readCsv', () => {
  it('takes delimiter, quote, header, missing, columns in their order, and kinds', async () => {
    const text = "1;'a;''b';x\n-;'';y\n"
    const options = { delimiter: ';', quote: "'", header: ['n', 's', '7'], missing: ['-'], columns: ['s', '7', 'n'] }
    const table = await read(text, options)
    expect(table.names).toEqual(['s', '7', 'n'])
    expect([...table]).toEqual([
      { s: "a;'b", 7: 'x', n: 1 },
      { s: '', 7: 'y', n: null },
    ])
    const plain = await read('1,2\n3,4\n', { header: false, kinds: { 1: 'string' } })
    expect([...plain]).toEqual([
      { 0: 1, 1: '2' },
      { 0: 3, 1: '4' },
    ])
  })

  it('keeps codes with leading zeros and integers above 2^53 as text', async () => {
    const text = 'zip,id,n,f\n01234,12345678901234567890,0,0.5\n99,1,10,1e300\n'
    const table = await read(text)
    expect(table.column('zip')).toEqual(['01234', '99'])
    expect(table.column('id')).toEqual(['12345678901234567890', '1'])
    expect(table.column('n')).toEqual(Float64Array.of(0, 10))
    expect(table.column('f')).toEqual(Float64Array.of(0.5, 1e300))
    const asked = await read(text, { kinds: { zip: 'number' } })
    expect(asked.column('zip')).toEqual(Float64Array.of(1234, 99))
  })

  it('refuses a code in a later batch of a column of numbers', async () => {
    const batches = datasets.csvBatches(write('zip\n1234\n01234\n'), { batchSize: 1 })
    await expect(collect(batches)).rejects.toThrow('expected a number in line 3, column "zip", but found "01234"')
  })

  it('reads a long cell of digits, and one that is almost a number, in linear time', async () => {
    const digits = '7'.repeat(1 << 20)
    const table = await read(`a,b\n${digits},${digits}x\n`)
    expect(table.column('b')).toEqual([`${digits}x`])
    expect(table.kind('a')).toBe('string')
  })

  it('reads dates with kinds, without a zone as UTC', async () => {
    const text = 'd\n2024-02-03\n2024-02-03 04:05\n2024-02-03T04:05:06.5+02:00\nNA\n'
    const table = await read(text, { kinds: { d: 'date' } })
    const times = (table.column('d') as (Date | null)[]).map((date) => date?.toISOString() ?? null)
    expect(times).toEqual(['2024-02-03T00:00:00.000Z', '2024-02-03T04:05:00.000Z', '2024-02-03T02:05:06.500Z', null])
  })

  it.each([
    ['latin1', Buffer.from('größe\n1\n', 'latin1'), 'größe'],
    ['utf-16le', Buffer.from('\ufeff名前\n1\n', 'utf16le'), '名前'],
    ['shift_jis', Buffer.from('96bc914f0a310a', 'hex'), '名前'],
  ])('reads text in %s', async (encoding, bytes, name) => {
    expect((await read(bytes, { encoding })).names).toEqual([name])
  })

  it('reads files of several blocks, and letters across two blocks', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `ä${i},${i}`)
    const table = await read(`s,n\n${rows.join('\n')}\n`)
    expect(table.rows).toBe(40_000)
    expect(entries(table.column('s')).every((text, i) => text === `ä${i}`)).toBe(true)
    expect(entries(table.column('n')).every((value, i) => value === i)).toBe(true)
  })

  it('reads any text in quotes', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '1') })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async (rows) => {
        const quoted = rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(','))
        const kinds = { a: 'string', b: 'string' } as const
        const table = await read(`a,b\n${quoted.join('\n')}\n`, { missing: [], kinds })
        expect([...table]).toEqual(rows.map(([a, b]) => ({ a, b })))
      }),
      { numRuns: 60 },
    )
  })

  it.each<[string, string | Uint8Array, datasets.CsvOptions, RegExp]>([
    ['an open quote', 'a,b\n1,2\n3,"4\n5,6\n', {}, /some\.csv: expected a quote that closes .*line 3 on, field 2/],
    ['a quote inside of a field', 'a,b\n1,2"\n', {}, /expected quotes around the whole field.*line 2 on, field 2/],
    [
      'text after a closing quote',
      'a,b\n"1"x,2\n',
      {},
      /expected a delimiter after the closing quote.*line 2 on, field 1/,
    ],
    [
      'too few fields',
      'a,b\n1,2\n3\n',
      {},
      /expected 2 fields in line 3.*found 1; the first missing one is column "b"/,
    ],
    ['too many fields', 'a,b\n1,2,3\n', {}, /expected 2 fields in line 2.*found 3\./],
    [
      'a word for a number',
      'a,b\n1,2\n3,x\n',
      { kinds: { b: 'number' } },
      /a number in line 3, column "b", but found "x"/,
    ],
    ['a number for a boolean', 'a\n2\n', { kinds: { a: 'boolean' } }, /true or false in line 2, column "a"/],
    ['a month 13', 'a\n2024-13-01\n', { kinds: { a: 'date' } }, /a date as in ISO 8601 in line 2, column "a"/],
    ['a February 29 of no leap year', 'a\n2024-02-29\n2023-02-29\n', { kinds: { a: 'date' } }, /a date .* in line 3/],
    ['a time on April 31', 'a\n2024-04-31T10:00Z\n', { kinds: { a: 'date' } }, /a date .* in line 2/],
    ['February 29 of 1900', 'a\n2000-02-29\n1900-02-29\n', { kinds: { a: 'date' } }, /a date .* in line 3/],
    ['a name twice', 'a,a\n1,2\n', {}, /different names of columns in the first line, but "a" comes twice/],
    ['an empty file', '', {}, /the file is empty/],
    [
      'semicolons',
      'a;b\n1;2\n',
      {},
      /the first line is "a;b"\. Give delimiter: ";", or, if this is the name of one column/,
    ],
    ['tabs', 'a\tb\n1\t2\n', {}, /Give delimiter: "\\t"/],
    ['bytes of another encoding', Buffer.from('a\ngr\xf6\n', 'latin1'), {}, /expected text in utf-8/],
    ['a record above the bound', `a\n"${'x'.repeat((1 << 24) + 10)}`, {}, /records of at most 16777216 characters/],
    [
      'a record above maxRecordLength',
      'a\n123456789\n',
      { maxRecordLength: 4 },
      /at most 4 characters \(maxRecordLength\)/,
    ],
  ])('refuses %s, with file, line and column', async (_, text, options, message) => {
    const error = await read(text, options).catch((reason) => reason)
    expect(error).toBeInstanceOf(FormatError)
    expect(error.message).toMatch(message)
  })

  it.each<[string, object]>([
    ['delimiter', { delimiter: '' }],
    ['delimiter', { delimiter: '"' }],
    ['quote', { quote: '\n' }],
    ['header', { header: 1 }],
    ['header', { header: [] }],
    ['header', { header: ['b', 'b'] }],
    ['header[0]', { header: [1] }],
    ['missing', { missing: 'NA' }],
    ['encoding', { encoding: 'utf-9' }],
    ['columns', { columns: 'a' }],
    ['columns', { columns: ['c'] }],
    ['columns', { columns: ['a', 'a'] }],
    ['kinds', { kinds: { c: 'number' } }],
    ['kinds.a', { kinds: { a: 'int' } }],
    ['signal', { signal: 1 }],
    ['"batchSize"', { batchSize: 1 }],
  ])('refuses a wrong %s', async (name, options) => {
    const error = await read('a,b\n1,2\n', options).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(name)
  })

  it('refuses a missing file and an empty path, and stops when its signal is aborted', async () => {
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toThrow(/could not read .*none\.csv: ENOENT/)
    await expect(readCsv('')).rejects.toThrow('path')
    write('a\n1\n')
    await expect(readCsv(path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})

describe('csvBatches', () => {
  it('gives tables of batchSize rows, with the kinds of the first', async () => {
    write('a,b\n1,x\n2,y\n3,z\n4,7\n5,8\n')
    const tables = await collect(csvBatches(path, { batchSize: 2 }))
    expect(tables.map(({ rows }) => rows)).toEqual([2, 2, 1])
    expect(tables.flatMap((table) => [...table])).toEqual([...(await readCsv(path))])
    expect(await collect(csvBatches(write('a,b\n')))).toEqual([])
  })

  it('refuses a later cell of another kind, with its line', async () => {
    write('a\n1\n2\nthree\n')
    await expect(collect(csvBatches(path, { batchSize: 2 }))).rejects.toThrow(/number in line 4, column "a".*kinds/)
    const tables = await collect(csvBatches(path, { batchSize: 2, kinds: { a: 'string' } }))
    expect(tables.map((table) => table.column('a'))).toEqual([['1', '2'], ['three']])
    expect(() => csvBatches(path, { batchSize: 0 })).toThrow('batchSize')
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError, datasets, FormatError } from '../../../lib/index.js'
import { collect } from './collect.js'

const { ndjsonBatches, readNdjson } = datasets
const folder = mkdtempSync(join(tmpdir(), 'perceptra-ndjson-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'some.ndjson')

function write(text: string): string {
  writeFileSync(path, text)
  return path
}

describe('readNdjson', () => {
  it('reads objects with different keys; missing keys and null are missing cells', async () => {
    const table = await readNdjson(write('{"b":1,"2":"x"}\r\n\n{"c":true,"b":null}\n{"b":2.5,"c":false,"2":"y"}'))
    expect([...table]).toEqual([
      { 2: 'x', b: 1, c: null },
      { 2: null, b: null, c: true },
      { 2: 'y', b: 2.5, c: false },
    ])
    expect(['b', '2', 'c'].map((name) => table.kind(name))).toEqual(['number', 'string', 'boolean'])
    expect((await readNdjson(write(''))).rows).toBe(0)
  })

  it('reads a long line in linear time, up to maxRecordLength', async () => {
    const word = 'x'.repeat((1 << 24) - 100)
    const table = await readNdjson(write(`{"a":"${word}"}\n{"a":"y"}\n`))
    expect(table.rows).toBe(2)
    expect((table.column('a') as string[])[0]!.length).toBe(word.length)
    const refused = readNdjson(path, { maxRecordLength: 1000 })
    await expect(refused).rejects.toThrow('lines of at most 1000 characters (maxRecordLength), but line 1 is longer')
    await expect(refused).rejects.toBeInstanceOf(FormatError)
    await expect(readNdjson(path, { maxRecordLength: 0 })).rejects.toThrow('maxRecordLength')
  })

  it('takes columns in their order, and dates', async () => {
    write('{"a":1,"d":"2024-01-02"}\n{"a":2,"d":null}\n')
    const table = await readNdjson(path, { columns: ['d'], kinds: { d: 'date' } })
    expect([...table]).toEqual([{ d: new Date('2024-01-02') }, { d: null }])
  })

  it.each<[string, string, object, RegExp]>([
    ['invalid JSON', '{"a":1}\n{"a":\n', {}, /some\.ndjson: expected JSON in line 2, but/],
    ['an array', '{"a":1}\n[1]\n', {}, /expected an object in line 2, but found an array of 1/],
    ['null', 'null', {}, /expected an object in line 1/],
    ['a cell of another kind', '{"a":1}\n\n{"a":"x"}\n', {}, /expected a number in line 3, column "a", but found "x"/],
    ['a nested array', '{"a":[1]}\n', {}, /expected a number in line 1, column "a", but found an array/],
    ['a wrong date', '{"a":"soon"}\n', { kinds: { a: 'date' } }, /a date as in ISO 8601 in line 1/],
  ])('refuses %s, with file, line and column', async (_, text, options, message) => {
    const error = await readNdjson(write(text), options).catch((reason) => reason)
    expect(error).toBeInstanceOf(FormatError)
    expect(error.message).toMatch(message)
  })

  it.each<[string, object]>([
    ['columns', { columns: ['z'] }],
    ['kinds', { kinds: { z: 'number' } }],
    ['"encoding"', { encoding: 'latin1' }],
  ])('refuses a wrong %s', async (name, options) => {
    const error = await readNdjson(write('{"a":1}'), options).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(name)
  })
})

describe('ndjsonBatches', () => {
  it('gives tables of batchSize rows with the columns and kinds of the first', async () => {
    write('{"a":1}\n{"a":2,"b":"x"}\n{"b":"y"}\n')
    const tables = await collect(ndjsonBatches(path, { batchSize: 2 }))
    expect(tables.map((table) => [...table])).toEqual([
      [
        { a: 1, b: null },
        { a: 2, b: 'x' },
      ],
      [{ a: null, b: 'y' }],
    ])
    expect((await collect(ndjsonBatches(path))).map(({ rows }) => rows)).toEqual([3])
    expect(await collect(ndjsonBatches(write('')))).toEqual([])
    expect(() => ndjsonBatches(path, { batchSize: 1.5 })).toThrow('batchSize')
  })

  it('refuses a new key in a later batch, unless columns names it', async () => {
    write('{"a":1}\n{"b":2}\n')
    await expect(collect(ndjsonBatches(path, { batchSize: 1 }))).rejects.toThrow(
      /in line 2, but found "b"\. Name all columns/,
    )
    const tables = await collect(ndjsonBatches(path, { batchSize: 1, columns: ['b'] }))
    expect(tables.flatMap((table) => [...table])).toEqual([{ b: null }, { b: 2 }])
  })
})

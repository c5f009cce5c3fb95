import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import zlib from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError, datasets, FormatError, type Table } from '../../../lib/index.js'
import { collect } from './collect.js'

const { parquetBatches, readParquet } = datasets
const folder = mkdtempSync(join(tmpdir(), 'perceptra-parquet-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'some.parquet')

interface Fixture {
  compressions: Record<string, string>
  version2: string
  kinds: string
  columns: Record<string, unknown[]>
  nested: string
}
const fixture = JSON.parse(
  readFileSync(new URL('../../parity/fixtures/parquet.json', import.meta.url), 'utf8'),
) as Fixture

function write(base64: string, change: (bytes: Buffer) => Uint8Array = (bytes) => bytes): string {
  writeFileSync(path, change(Buffer.from(base64, 'base64')))
  return path
}

function checkPlain(table: Table): void {
  expect(table.rows).toBe(300)
  for (const [i, row] of [...table].entries()) expect(row).toEqual({ x: i / 8, s: `row ${i % 5}` })
}

const entry = (value: unknown) => {
  if (value instanceof Date) return value.toISOString()
  return value === Infinity ? 'inf' : Number.isNaN(value) ? null : value
}

describe('readParquet', () => {
  it.each(['none', 'snappy', 'gzip', 'brotli'])('reads pages with compression %s', async (name) => {
    checkPlain(await readParquet(write(fixture.compressions[name]!)))
  })

  it('reads zstd if Node has it, else refuses it with its name', async () => {
    write(fixture.compressions.zstd!)
    if ('zstdDecompressSync' in zlib) checkPlain(await readParquet(path))
    else await expect(readParquet(path)).rejects.toThrow(/column "x" to be readable, but: .*codec: ZSTD/)
  })

  it('reads data pages of version 2, and refuses lz4 with its name', async () => {
    checkPlain(await readParquet(write(fixture.version2)))
    await expect(readParquet(write(fixture.compressions.lz4!))).rejects.toThrow(/codec: LZ4/)
  })

  it('reads every kind of flat column, with missing entries, from several groups', async () => {
    const table = await readParquet(write(fixture.kinds))
    expect(table.names).toEqual(Object.keys(fixture.columns))
    for (const [name, expected] of Object.entries(fixture.columns)) {
      expect(Array.from(table.column(name) as Iterable<unknown>, entry), name).toEqual(expected)
    }
    const kinds = Object.fromEntries(table.names.map((name) => [name, table.kind(name)]))
    expect(kinds).toMatchObject({ int64: 'number', decimal: 'number', bool: 'boolean', category: 'string' })
    expect(kinds).toMatchObject({ date: 'date', timestamp: 'date', nothing: 'string' })
  })

  it('takes columns in their order, and refuses lists, structs and bytes', async () => {
    write(fixture.nested)
    const table = await readParquet(path, { columns: ['z', 'a'] })
    expect([...table]).toEqual([
      { z: 'p', a: 1 },
      { z: 'q', a: 2 },
    ])
    for (const name of ['l', 't', 'b']) {
      const error = await readParquet(path, { columns: [name] }).catch((reason) => reason)
      expect(error).toBeInstanceOf(FormatError)
      expect(error.message).toMatch(new RegExp(`some\\.parquet: .*in column "${name}", but it holds lists`))
    }
  })

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['an empty file', () => new Uint8Array(0)],
    ['a CSV file', () => Buffer.from('a,b\n1,2\n3,4\n5,6\n')],
    ['a truncated file', (bytes) => bytes.subarray(0, bytes.length - 5)],
    ['a file without its first half', (bytes) => bytes.subarray(bytes.length >> 1)],
    [
      'a footer longer than the file',
      (bytes) => Buffer.concat([bytes.subarray(0, -8), Buffer.from([255, 255, 255, 127]), Buffer.from('PAR1')]),
    ],
  ])('refuses %s', async (_, change) => {
    const error = await readParquet(write(fixture.compressions.gzip!, change)).catch((reason) => reason)
    expect(error).toBeInstanceOf(FormatError)
    expect(error.message).toMatch(/^.*some\.parquet: expected/)
  })

  it('throws nothing but a FormatError for corrupt bytes', async () => {
    const bytes = Buffer.from(fixture.kinds, 'base64')
    for (let at = 0; at < bytes.length; at += 37) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 0x55
      writeFileSync(path, changed)
      const result = await readParquet(path).catch((reason) => reason)
      if (result instanceof Error) expect(result, `byte ${at}`).toBeInstanceOf(FormatError)
    }
  })

  it('refuses a missing file and wrong options, and stops when its signal is aborted', async () => {
    await expect(readParquet(join(folder, 'none'))).rejects.toThrow(/could not read .*ENOENT/)
    write(fixture.compressions.none!)
    await expect(readParquet(path, { columns: ['y'] })).rejects.toThrow(ArgumentError)
    await expect(readParquet(path, { columns: [] })).rejects.toThrow('columns')
    await expect(readParquet(path, { column: 'x' } as never)).rejects.toThrow('Did you mean columns?')
    await expect(readParquet(path, { signal: 1 as never })).rejects.toThrow('signal')
    await expect(readParquet(path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})

it('parquetBatches gives tables of at most batchSize rows', async () => {
  const tables = await collect(parquetBatches(write(fixture.compressions.snappy!), { batchSize: 128 }))
  expect(tables.map(({ rows }) => rows)).toEqual([128, 128, 44])
  expect(tables[2]!.row(0)).toEqual({ x: 32, s: 'row 1' })
  const groups = await collect(parquetBatches(write(fixture.kinds)))
  expect(groups.map(({ rows }) => rows)).toEqual([2, 2, 1])
  expect(() => parquetBatches(path, { batchSize: 0 })).toThrow('batchSize')
})

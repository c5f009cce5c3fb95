import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Matrix } from '../../../lib/base/matrix.js'
import * as datasets from '../../../lib/datasets/index.js'
import { Table } from '../../../lib/table/table.js'

const folder = () => mkdtempSync(join(tmpdir(), 'perceptra-shard-'))
const sizes = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 9 }))
const ranks = (size: number) => Array.from({ length: size }, (_, rank) => ({ rank, size }))

/** Parts whose union is 0 to count - 1, each once. */
function expectWhole(parts: readonly (readonly number[])[], count: number, evenly = true): void {
  expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, k) => k))
  const lengths = parts.map(({ length }) => length)
  if (evenly) expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1)
}

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

it('cuts arrays of any kind into parts without overlap, which differ by one row at most', () => {
  fc.assert(
    fc.property(sizes, ([count, size]) => {
      const numbers = Array.from({ length: count }, (_, k) => k)
      expectWhole(
        ranks(size).map((group) => datasets.shard(numbers, group)),
        count,
      )
      expectWhole(
        ranks(size).map((group) => [...datasets.shard(Float64Array.from(numbers), group)]),
        count,
      )
      expectWhole(
        ranks(size).map((group) => datasets.shard(numbers.map(String), group).map(Number)),
        count,
      )
      const matrix = new Matrix(Float32Array.from([...numbers, ...numbers].sort((a, b) => a - b)), count, 2)
      const parts = ranks(size).map((group) => datasets.shard(matrix, group))
      expectWhole(
        parts.map((part) => part.toArray().map(([a, b]) => (a === b ? a! : -1))),
        count,
      )
      const bytes = ranks(size).map((group) =>
        datasets.shard(Uint8Array.from(numbers.flatMap((k) => [k, k, k])), group, { columns: 3 }),
      )
      expectWhole(
        bytes.map((part) => [...part].filter((_, k) => k % 3 === 0)),
        count,
      )
      const idx = ranks(size).map((group) =>
        datasets.shard({ shape: [count, 2, 1], data: Int16Array.from(numbers.flatMap((k) => [k, -k])) }, group),
      )
      for (const { shape, data } of idx) expect([shape[0]! * 2, shape.slice(1)]).toEqual([data.length, [2, 1]])
      expectWhole(
        idx.map(({ data }) => [...data].filter((_, k) => k % 2 === 0)),
        count,
      )
    }),
  )
})

it('cuts tables, and x and y alike', () => {
  fc.assert(
    fc.property(sizes, ([count, size]) => {
      const numbers = Array.from({ length: count }, (_, k) => k)
      const kinds = { k: 'number', name: 'string' } as const
      const table = Table.from({ k: Float64Array.from(numbers), name: numbers.map(String) }, { kinds })
      const tables = ranks(size).map((group) => datasets.shard(table, group))
      expectWhole(
        tables.map((part) => [...part.numbers('k')]),
        count,
      )
      for (const part of tables) expect(part.strings('name').map(Number)).toEqual([...part.numbers('k')])
      if (count === 0) return
      const rows = {
        x: Uint8Array.from(numbers.flatMap((k) => [k, k + 1])),
        y: Int32Array.from(numbers),
        other: 'kept',
      }
      for (const group of ranks(size)) {
        const { x, y, other } = datasets.shard(rows, group)
        expect([...y]).toEqual(datasets.shard(numbers, group))
        expect([...x]).toEqual([...y].flatMap((k) => [k, k + 1]))
        expect(other).toBe('kept')
      }
    }),
  )
})

it('cuts a CSV file, table by table', async () => {
  const path = join(folder(), 'numbers.csv')
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 20 }), async ([count, size], batchSize) => {
      writeFileSync(path, ['k', ...Array.from({ length: count + 1 }, (_, k) => k)].join('\n'))
      const parts: number[][] = []
      for (const group of ranks(size)) {
        const tables = await allOf(datasets.shard(datasets.csvBatches(path, { batchSize }), group))
        parts.push(tables.flatMap((table) => [...table.numbers('k')]))
      }
      expectWhole(parts, count + 1)
    }),
    { numRuns: 30 },
  )
})

it('cuts a raw file into ranges, in a new order each time', async () => {
  const path = join(folder(), 'raw')
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 7 }), async ([count, size], blockRows) => {
      writeFileSync(
        path,
        new Uint8Array(Float32Array.from(Array.from({ length: count + 1 }, (_, k) => [k, -k]).flat()).buffer),
      )
      const file = await datasets.rawNumbers(path, { columns: 1, blockRows })
      for (let epoch = 0; epoch < 2; epoch++) {
        const parts: number[][] = []
        for (const group of ranks(size)) {
          const part = datasets.shard(file, group)
          const batches = await allOf(part)
          parts.push(batches.flatMap(([x]) => [...(x as Matrix).data]))
          expect((part as { rows?: number }).rows).toBe(parts.at(-1)!.length)
        }
        expectWhole(parts, count + 1)
      }
    }),
    { numRuns: 30 },
  )
})

it('cuts a Parquet file into ranges that cross its row groups, and reads no other group', async () => {
  const path = join(folder(), 'groups.parquet')
  const { kinds } = JSON.parse(readFileSync(new URL('../../parity/fixtures/parquet.json', import.meta.url), 'utf8'))
  // Row groups of two rows.
  writeFileSync(path, Buffer.from(kinds, 'base64'))
  const whole = await datasets.readParquet(path)
  const [name] = whole.names as [string]
  for (const size of [1, 2, 3, 7, whole.rows + 2]) {
    const parts: Table[] = []
    for (const group of ranks(size)) {
      const tables = await allOf(datasets.shard(datasets.parquetBatches(path, { batchSize: 3 }), group))
      parts.push(...tables)
    }
    expect(parts.flatMap((part) => [...part.column(name)])).toEqual([...whole.column(name)])
  }
})

it('gives items of an iterable in turn, again for each iteration, and of a function for each call', async () => {
  const numbers = [0, 1, 2, 3, 4, 5, 6]
  const set = datasets.shard(new Set(numbers), { rank: 1, size: 3 })
  expect([await allOf(set), await allOf(set)]).toEqual([
    [1, 4],
    [1, 4],
  ])
  let calls = 0
  async function* batches() {
    calls++
    yield* numbers
  }
  const source = datasets.shard(batches, { rank: 2, size: 3 })
  expect([await allOf(source()), await allOf(source()), calls]).toEqual([[2, 5], [2, 5], 2])
})

it.each([
  [
    'a source of another kind',
    () => datasets.shard(7 as never, { rank: 0, size: 1 }),
    /rows, \{ x, y \}, a Table or an iterable for source/,
  ],
  ['a rank that is not of the group', () => datasets.shard([1], { rank: 2, size: 2 }), /rank of group/],
  ['no group', () => datasets.shard([1], undefined as never), /size of group/],
  [
    'columns that do not divide',
    () => datasets.shard(new Float32Array(5), { rank: 0, size: 2 }, { columns: 2 }),
    /a multiple of 2 numbers/,
  ],
  ['columns of a table', () => datasets.shard([[1]], { rank: 0, size: 2 }, { columns: 1 }), /a flat array/],
  [
    'x and y of different rows',
    () => datasets.shard({ x: [[1], [2]], y: [1] }, { rank: 0, size: 1 }),
    /Expected 1 rows for x of source \(as y has\)/,
  ],
  [
    'weights of other rows',
    () => datasets.shard({ x: [[1], [2]], y: [1, 2], sampleWeight: [1] }, { rank: 0, size: 1 }),
    /Expected 2 numbers.* for sampleWeight of source/,
  ],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) }))
})

it('cuts weights as their rows', () => {
  const source = { x: [[1], [2], [3]], y: [1, 2, 3], sampleWeight: Float32Array.of(4, 5, 6) }
  expect(datasets.shard(source, { rank: 1, size: 2 })).toEqual({ x: [[2]], y: [2], sampleWeight: Float32Array.of(5) })
})

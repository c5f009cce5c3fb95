import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArgumentError, datasets, FormatError, MlpError } from '../../../lib/index.js'
import { collect } from './collect.js'

const text = `a,b\n${Array.from({ length: 100_000 }, (_, i) => `${i},${i % 2 ? 'yes' : 'no'}\n`).join('')}`
const plain = Buffer.from(text)
const packed = gzipSync(plain)
const folder = mkdtempSync(join(tmpdir(), 'perceptra-source-'))
const path = join(folder, 'rows.csv')
let server: Server
let address: string

beforeAll(async () => {
  writeFileSync(path, plain)
  writeFileSync(`${path}.gz`, packed)
  server = createServer((request, response) => {
    if (request.url === '/missing') response.writeHead(404).end()
    else response.end(request.url === '/rows.csv' ? plain : packed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let begin = 0; begin < bytes.length; begin += size) yield bytes.subarray(begin, begin + size)
}

const sources: [string, () => datasets.TextSource][] = [
  ['a path', () => path],
  ['the path of a gzip file', () => `${path}.gz`],
  ['a file URL', () => pathToFileURL(path)],
  ['an http URL', () => new URL(`${address}/rows.csv`)],
  ['an http URL as a string, gzip data', () => `${address}/rows.csv.gz`],
  ['bytes', () => plain],
  ['gzip bytes', () => packed],
  ['a stream of Node', () => createReadStream(path)],
  ['a stream of the web', () => new Blob([plain]).stream() as unknown as AsyncIterable<Uint8Array>],
  ['a stream of gzip data', () => inChunks(packed, 1000)],
  ['a stream whose first chunk is one byte', () => Readable.from([packed.subarray(0, 1), packed.subarray(1)])],
]

describe('readCsv and csvBatches read', () => {
  it.each(sources)('%s', async (_, open) => {
    const table = await datasets.readCsv(open())
    expect(table.rows).toBe(100_000)
    expect(table.row(99_999)).toEqual({ a: 99_999, b: 'yes' })
    const batches = await collect(datasets.csvBatches(open(), { batchSize: 60_000 }))
    expect(batches.map(({ rows }) => rows)).toEqual([60_000, 40_000])
  })
})

it('readNdjson reads gzip bytes', async () => {
  const table = await datasets.readNdjson(gzipSync('{"a":1}\n{"a":2}\n'))
  expect(Array.from(table.column('a') as Float64Array)).toEqual([1, 2])
})

describe('a source that cannot be read', () => {
  it('is refused if it is none', async () => {
    for (const source of [7, {}, null, '']) {
      await expect(datasets.readCsv(source as never)).rejects.toThrow(
        /^Expected a path, a URL, bytes or a stream of bytes for path, but got /,
      )
    }
    await expect(
      datasets.readCsv(
        (async function* () {
          yield 'text' as never
        })(),
      ),
    ).rejects.toThrow(ArgumentError)
  })

  it('says that gzip data are cut off', async () => {
    const cut = packed.subarray(0, packed.length / 2)
    await expect(datasets.readCsv(cut)).rejects.toThrow(/^the bytes: expected gzip data, but they are corrupt/)
    await expect(datasets.readCsv(inChunks(cut, 100))).rejects.toThrow(FormatError)
  })

  it('has the URL and the status of an answer', async () => {
    const error = await datasets.readCsv(`${address}/missing`).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(MlpError)
    expect(error).toMatchObject({ code: 'ERR_DOWNLOAD' })
    expect((error as Error).message).toContain(`${address}/missing: expected HTTP status 200, but got 404`)
  })

  it('passes on the error of a stream, also of gzip data', async () => {
    const failing = async function* () {
      yield packed.subarray(0, 100)
      throw new Error('the disk is gone')
    }
    await expect(datasets.readCsv(failing())).rejects.toThrow('the disk is gone')
  })

  it('closes a stream that is not read to its end', async () => {
    let closed = false
    const watched = async function* () {
      try {
        yield* inChunks(packed, 10_000)
      } finally {
        closed = true
      }
    }
    for await (const _ of datasets.csvBatches(watched(), { batchSize: 10 })) break
    expect(closed).toBe(true)
  })

  it('is given up when the signal is aborted', async () => {
    const signal = AbortSignal.abort(new Error('no more'))
    await expect(datasets.readCsv(packed, { signal })).rejects.toThrow('no more')
  })

  it.each([plain.subarray(0, 1000), packed.subarray(0, 1000)])('is given up while its stream stalls', async (head) => {
    const controller = new AbortController()
    const stalled = async function* () {
      yield head
      setTimeout(() => controller.abort(new Error('no more')), 20)
      await new Promise(() => {})
    }
    await expect(datasets.readCsv(stalled(), { signal: controller.signal })).rejects.toThrow('no more')
  })
})

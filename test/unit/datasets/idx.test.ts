import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArgumentError, FormatError } from '../../../lib/base/errors.js'
import { chunkSizeFor } from '../../../lib/datasets/gunzip.js'
import { decodeIdx, readIdx } from '../../../lib/datasets/idx.js'

/** The bytes of an IDX file, from its magic number in hexadecimal, its dimensions and its data. */
function idx(magic: string, shape: number[], data: ArrayLike<number> | string = []): Uint8Array {
  const dimensions = Buffer.alloc(4 * shape.length)
  for (const [i, size] of shape.entries()) dimensions.writeUInt32BE(size, 4 * i)
  const body = typeof data === 'string' ? Buffer.from(data, 'hex') : Uint8Array.from(data)
  return Buffer.concat([Buffer.from(magic, 'hex'), dimensions, body])
}

const images = idx('00000803', [2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255])

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await decodeIdx(bytes, 'some.idx').then(
    () => new Error('the file was read'),
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(FormatError)
  expect(error.message).toMatch(/^some\.idx: expected .*(found|holds more|corrupt)/)
  return error.message
}

describe('decodeIdx', () => {
  it.each<[string, Uint8Array, object]>([
    ['u8', idx('00000801', [3], '0001ff'), Uint8Array.of(0, 1, 255)],
    ['i8', idx('00000901', [3], '80007f'), Int8Array.of(-128, 0, 127)],
    ['i16', idx('00000b01', [3], '80000001fffe'), Int16Array.of(-32768, 1, -2)],
    ['i32', idx('00000c01', [3], '8000000000000001fffffffe'), Int32Array.of(-(2 ** 31), 1, -2)],
    ['f32', idx('00000d01', [3], '3fc00000c010000000000001'), Float32Array.of(1.5, -2.25, 2 ** -149)],
    ['f64', idx('00000e01', [2], '3ff80000000000003fb999999999999a'), Float64Array.of(1.5, 0.1)],
  ])('reads %s, plain and packed', async (_, bytes, data) => {
    const shape = [bytes[7]]
    expect(await decodeIdx(bytes, 'x')).toEqual({ shape, data })
    expect(await decodeIdx(gzipSync(bytes), 'x')).toEqual({ shape, data })
  })

  it('reads several dimensions, row-major, without changing its input', async () => {
    const bytes = Uint8Array.from(images)
    const { shape, data } = await decodeIdx(bytes, 'x')
    expect(shape).toEqual([2, 2, 3])
    expect(Array.from(data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255])
    data.fill(9)
    expect(bytes).toEqual(new Uint8Array(images))
  })

  it('returns a view of large unpacked bytes', async () => {
    const bytes = idx('00000801', [2 ** 20], new Uint8Array(2 ** 20).fill(7))
    const { data } = await decodeIdx(gzipSync(bytes), 'x')
    expect(data.constructor).toBe(Uint8Array)
    expect(data.byteOffset).toBe(8)
    expect(data.length).toBe(2 ** 20)
    expect(data.every((value) => value === 7)).toBe(true)
    expect((await decodeIdx(bytes, 'x')).data.buffer).not.toBe(bytes.buffer)
  })

  it.each([
    [10, 20, 64],
    [1000, 5000, 5001],
    [10, 1e6, 10_320], // no more than deflate can pack
    [1e7, 47_040_016, 47_040_017],
    [1e9, 2 ** 32, 2 ** 26],
    [1e9, 2 ** 53 - 1, 2 ** 26],
  ])('unpacks %d bytes that should be %d in chunks of %d', (packed, length, chunkSize) => {
    expect(chunkSizeFor(packed, length)).toBe(chunkSize)
  })

  it('reads unaligned bytes', async () => {
    const bytes = idx('00000d01', [1], '3fc00000')
    const shifted = new Uint8Array(bytes.length + 1).subarray(1)
    shifted.set(bytes)
    expect((await decodeIdx(shifted, 'x')).data).toEqual(Float32Array.of(1.5))
  })

  it('reads an empty array, and 255 dimensions', async () => {
    expect(await decodeIdx(idx('00000802', [0, 7]), 'x')).toEqual({ shape: [0, 7], data: new Uint8Array(0) })
    const shape = new Array(255).fill(1)
    expect(await decodeIdx(gzipSync(idx('000008ff', shape, [5])), 'x')).toEqual({ shape, data: Uint8Array.of(5) })
  })

  it('reads several gzip members as one', async () => {
    const bytes = Buffer.concat([gzipSync(images.subarray(0, 9)), gzipSync(images.subarray(9))])
    expect((await decodeIdx(bytes, 'x')).shape).toEqual([2, 2, 3])
  })
})

describe('decodeIdx of wrong bytes', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /found 0 bytes/],
    ['a file of text', Buffer.from('<html>'), /IDX magic number.*but found 3c68746d/],
    ['an unknown element type', idx('00000a01', [1], [0]), /IDX magic number.*but found 00000a01/],
    ['a magic number that does not begin with 0', idx('01000801', [1], [0]), /IDX magic number.*but found 01000801/],
    ['no dimensions', idx('00000800', [], [0]), /IDX magic number.*but found 00000800/],
    ['truncated dimensions', idx('00000803', [2, 2]), /16 bytes of header for 3 dimensions, but found 12/],
    [
      'a byte too many',
      idx('00000801', [3], [1, 2, 3, 4]),
      /11 bytes for the shape \[3\], but found 12: there are trailing/,
    ],
    ['a byte too few', idx('00000801', [3], [1, 2]), /11 bytes for the shape \[3\], but found 10: it is truncated/],
    ['a claim of 4 GB', idx('00000801', [0xffff_fff0]), /4294967288 bytes.*but found 8: it is truncated/],
    [
      'dimensions that overflow',
      idx('00000803', [2 ** 31, 2 ** 31, 2 ** 31], [0]),
      /expected at most \d+ bytes, but found the shape/,
    ],
    [
      'an infinite product of dimensions',
      idx('000008ff', [...new Array(254).fill(0xffff_ffff), 0]),
      /expected at most \d+ bytes, but found the shape/,
    ],
  ])('rejects %s, plain and packed', async (_, bytes, message) => {
    expect(await refusal(bytes)).toMatch(message)
    expect(await refusal(gzipSync(bytes))).toMatch(/trailing/.test(message.source) ? /holds more/ : message)
  })

  it('rejects every truncated file', async () => {
    const packed = gzipSync(images)
    for (let length = 0; length < images.length; length++) await refusal(images.subarray(0, length))
    for (let length = 0; length < packed.length; length++) await refusal(packed.subarray(0, length))
  })

  it('rejects bytes after the gzip data', async () => {
    expect(await refusal(Buffer.concat([gzipSync(images), Buffer.alloc(4)]))).toMatch(/found 4 more bytes/)
    expect(await refusal(Buffer.concat([gzipSync(images), Buffer.from('more')]))).toMatch(/corrupt or truncated/)
  })

  it('rejects gzip data with a wrong checksum', async () => {
    const packed = gzipSync(images)
    packed[packed.length - 8]! ^= 1
    expect(await refusal(packed)).toMatch(/corrupt or truncated/)
  })

  it('rejects a small file that unpacks to a gigabyte, without unpacking it', async () => {
    const zeros = gzipSync(new Uint8Array(64 << 20))
    const bomb = Buffer.concat([gzipSync(images), ...new Array(16).fill(zeros)])
    const before = process.memoryUsage().arrayBuffers
    expect(await refusal(bomb)).toMatch(/expected 28 unpacked bytes, but it holds more/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20)
  })

  it('rejects corrupt bytes with nothing but a FormatError', async () => {
    const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(flip, { minLength: 1, maxLength: 4 }), async (packed, flips) => {
        const bytes = Uint8Array.from(packed ? gzipSync(images) : images)
        for (const [at, mask] of flips) bytes[at % bytes.length]! ^= mask
        await decodeIdx(bytes, 'x').catch((error) => {
          if (!(error instanceof FormatError)) throw error
        })
      }),
      { numRuns: 1000 },
    )
  })
})

describe('readIdx', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perceptra-idx-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('detects gzip by content, not by name', async () => {
    await writeFile(join(folder, 'plain.gz'), images)
    await writeFile(join(folder, 'packed'), gzipSync(images))
    expect(await readIdx(join(folder, 'plain.gz'))).toEqual(await readIdx(join(folder, 'packed')))
  })

  it('names a corrupt file', async () => {
    const path = join(folder, 'wrong')
    await writeFile(path, images.subarray(1))
    await expect(readIdx(path)).rejects.toThrow(FormatError)
    await expect(readIdx(path)).rejects.toThrow(path)
  })

  it.each([
    ['a missing file', 'none', 'ENOENT'],
    ['a folder', '.', 'EISDIR'],
  ])('names %s', async (_, name, code) => {
    const path = join(folder, name)
    const error = await readIdx(path).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(path)
    expect(error.cause).toMatchObject({ code })
  })

  it('refuses a path that is not a string', async () => {
    await expect(readIdx(7 as never)).rejects.toThrow('Expected a non-empty string for path, but got 7.')
  })
})

import { promisify } from 'node:util'
import type { Gunzip } from 'node:zlib'
import { FormatError } from '../base/errors.js'

/** With `info` the result has the engine, which knows how much input it used. Node's typings lack this. */
type GunzipAll = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number; info: true },
) => Promise<{ buffer: Buffer; engine: Gunzip }>

/** Loaded at first use, because that takes some milliseconds. */
const zlib = () => process.getBuiltinModule('node:zlib')

/** The greatest compression factor of deflate (zlib's technical details). */
const greatestFactor = 1032

/** Upper bound on bytes that are allocated because a header says so. */
const largestChunk = 2 ** 26

/**
 * The size of chunks for `packed` bytes whose unpacked size should be `length`: one chunk for all, which saves joining chunks, up
 * to an upper bound. A spare byte avoids a second, empty chunk.
 */
export function chunkSizeFor(packed: number, length: number): number {
  return Math.max(64, Math.min(length + 1, packed * greatestFactor, largestChunk))
}

/** Whether bytes are gzip data, by their magic number; names of files are not reliable. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Unpacks the first `length` bytes, or all if there are fewer, and at most one chunk more.
 * @throws FormatError if the gzip data are corrupt up to there.
 */
export async function gunzipHead(bytes: Uint8Array, name: string, length: number): Promise<Uint8Array> {
  const stream = zlib().createGunzip()
  stream.end(bytes)
  const chunks: Uint8Array[] = []
  let unpacked = 0
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      unpacked += chunk.length
      if (unpacked >= length) break
    }
  } catch (cause) {
    throw corrupt(name, cause)
  }
  return Buffer.concat(chunks).subarray(0, length)
}

/**
 * Unpacks all of `bytes`, off the event loop, into at most `limit` bytes, so that a small file cannot fill the memory.
 * @throws FormatError if the data are corrupt or truncated, unpack to more than `limit` bytes, or are followed by other bytes.
 */
export async function gunzip(bytes: Uint8Array, name: string, limit: number): Promise<Uint8Array> {
  try {
    const chunkSize = chunkSizeFor(bytes.length, limit)
    const gunzipAll = promisify(zlib().gunzip) as unknown as GunzipAll
    const { buffer, engine } = await gunzipAll(bytes, { maxOutputLength: limit, chunkSize, info: true })
    const unused = bytes.length - engine.bytesWritten
    if (unused > 0) throw new FormatError(`${name}: expected the end of the gzip data, but found ${unused} more bytes.`)
    return buffer
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new FormatError(`${name}: expected ${limit} unpacked bytes, but it holds more.`, { cause })
    }
    if (cause instanceof RangeError) throw cause // out of memory
    throw corrupt(name, cause)
  }
}

/** The error of data that are no gzip data, or not all of them. */
export function corrupt(name: string, cause: unknown): FormatError {
  const reason = (cause as Error).message
  return new FormatError(`${name}: expected gzip data, but they are corrupt or truncated (${reason}).`, { cause })
}

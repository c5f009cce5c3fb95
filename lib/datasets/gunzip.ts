import { promisify } from 'node:util'
import type { Gunzip } from 'node:zlib'
import { FormatError } from '../base/errors.js'

/** With `info`, the engine comes too; it knows how much of its input it has used. The typings do not say so. */
type GunzipAll = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number; info: true },
) => Promise<{ buffer: Buffer; engine: Gunzip }>

/** Loaded when it is needed, as it takes some milliseconds. */
const zlib = () => process.getBuiltinModule('node:zlib')

/** What deflate packs best is 1,032 times as long (zlib's technical details). */
const mostPacked = 1032
/** Allocated on a claim alone: no more than this. */
const largestPiece = 2 ** 26

/**
 * In pieces of how many bytes `packed` bytes that claim to be `length` are unpacked: in one, which need not be put together
 * of many, where that is not too much. With a byte to spare no second piece is begun.
 */
export function pieceFor(packed: number, length: number): number {
  return Math.max(64, Math.min(length + 1, packed * mostPacked, largestPiece))
}

/** Whether bytes are gzip'd, by their magic: names do not tell. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Unpacks the first `length` bytes (or all, when there are fewer) and no more than a buffer beyond.
 * @throws FormatError when the bytes are not sound gzip up to there.
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
 * Unpacks all of `bytes`, off the event loop, into at most `limit` bytes: a small file cannot fill the memory.
 * @throws FormatError when the bytes are corrupt, truncated, hold more than `limit` bytes or are followed by others.
 */
export async function gunzip(bytes: Uint8Array, name: string, limit: number): Promise<Uint8Array> {
  try {
    const chunkSize = pieceFor(bytes.length, limit)
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
    if (cause instanceof RangeError) throw cause // memory is short
    throw corrupt(name, cause)
  }
}

function corrupt(name: string, cause: unknown): FormatError {
  const reason = (cause as Error).message
  return new FormatError(`${name}: expected gzip data, but found them corrupt or truncated (${reason}).`, { cause })
}

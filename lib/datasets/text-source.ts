import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { invalid } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { openBody, reasonOf } from './download.js'
import { corrupt, isGzip } from './gunzip.js'
import { unreadable } from './read-bytes.js'

/**
 * Where the text of a table comes from: the path of a file, a URL (http, https or file; http and https as a string too), bytes, or a
 * stream of bytes, which is read once. Any of them may be gzip data.
 */
export type TextSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>

/** A source that is checked, with its name in messages. */
export interface NamedSource {
  readonly name: string
  /** Its bytes, unpacked if they are gzip data. */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** Records of a block are made in one turn of the event loop. */
const blockBytes = 1 << 16

/** @throws ArgumentError for anything but a source. */
export function readSource(source: unknown): NamedSource {
  if (typeof source === 'string' && /^https?:\/\//i.test(source)) return fromUrl(source)
  if (typeof source === 'string' && source !== '') return fromPath(source)
  if (source instanceof URL) return source.protocol === 'file:' ? fromPath(fileURLToPath(source)) : fromUrl(source.href)
  if (source instanceof Uint8Array) return named('the bytes', (signal) => blocksOf([source], signal))
  if (typeof (source as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator] === 'function') {
    return named('the stream', (signal) => blocksOf(untilAborted(source as AsyncIterable<unknown>, signal), signal))
  }
  throw invalid('path', 'a path, a URL, bytes or a stream of bytes', source)
}

function named(name: string, read: (signal?: AbortSignal) => AsyncIterable<Uint8Array>): NamedSource {
  return { name, open: (signal) => unpack(read(signal), name, signal) }
}

function fromPath(path: string): NamedSource {
  return named(path, async function* (signal) {
    const blocks = createReadStream(path, { highWaterMark: blockBytes, ...(signal && { signal }) })
    try {
      yield* blocks as AsyncIterable<Uint8Array>
    } catch (cause) {
      signal?.throwIfAborted()
      throw unreadable(path, cause)
    }
  })
}

function fromUrl(url: string): NamedSource {
  return named(url, async function* (signal) {
    try {
      yield* await openBody(url, signal)
    } catch (cause) {
      signal?.throwIfAborted()
      throw new MlpError(`Could not download ${url}: ${reasonOf(cause as Error)}.`, 'ERR_DOWNLOAD', { cause })
    }
  })
}

/** Chunks of a stream, which need not know the signal: an abort ends the wait for a chunk. */
async function* untilAborted(chunks: AsyncIterable<unknown>, signal: AbortSignal | undefined) {
  if (signal === undefined) return yield* chunks
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  // Avoids an unhandled rejection between two chunks.
  aborted.catch(() => {})
  signal.addEventListener('abort', abort)
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted])
      if (next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    // Not awaited: a pending next() may never settle.
    iterator.return?.().catch(() => {})
  }
}

/** A stream's chunks, or bytes as one chunk, in blocks of a bounded size, so that none holds the event loop for long. */
async function* blocksOf(chunks: AsyncIterable<unknown> | readonly [Uint8Array], signal?: AbortSignal) {
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw invalid('the stream', 'chunks of bytes', chunk)
    for (let begin = 0; begin < chunk.length; begin += blockBytes) {
      signal?.throwIfAborted()
      yield chunk.subarray(begin, begin + blockBytes)
    }
  }
}

/** Unpacks gzip data, which are recognised by their first bytes; passes on others. */
async function* unpack(
  blocks: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = blocks[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  const all = async function* () {
    yield* head
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  try {
    while (lengthOf(head) < 2) {
      const { value, done } = await iterator.next()
      if (done) break
      head.push(value)
    }
    yield* isGzip(Buffer.concat(head)) ? gunzipBlocks(all(), name, signal) : all()
  } finally {
    await iterator.return?.()
  }
}

const lengthOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0)

async function* gunzipBlocks(
  blocks: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // Loaded at first use, because that takes some milliseconds.
  const gunzip = process.getBuiltinModule('node:zlib').createGunzip({ chunkSize: blockBytes })
  const { pipeline, Readable } = process.getBuiltinModule('node:stream')
  // An error of the blocks, too, is thrown where gunzip is read.
  pipeline(Readable.from(blocks), gunzip, () => {})
  try {
    yield* gunzip as AsyncIterable<Uint8Array>
  } catch (cause) {
    signal?.throwIfAborted()
    if ((cause as NodeJS.ErrnoException).code?.startsWith('Z_')) throw corrupt(name, cause)
    throw cause
  }
}

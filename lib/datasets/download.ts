import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError, MlpError } from '../base/errors.js'
import { temporaryName } from '../base/random-seed.js'
import { checkContent, type RemoteFile } from './check-content.js'

/** The target of a download, and the hint of its error message. */
interface DownloadOptions {
  /** The file's final name. */
  path: string
  signal: AbortSignal | undefined
  /** What to do after an error, for its message. */
  hint: string
}

/** Upper bound on the bytes that gzip adds to content that does not compress. */
const packingSlack = 1 << 20

/**
 * Downloads a file to a temporary name, checks the size and the SHA-256 of its content, and then renames it.
 * @returns the unpacked content.
 * @throws MlpError ERR_DOWNLOAD with the URL, the expected and the actual value; removes the temporary file.
 * @throws the signal's reason when it is aborted.
 */
export async function download(url: string, file: RemoteFile, options: DownloadOptions): Promise<Uint8Array> {
  const { path, signal, hint } = options
  const temporary = `${path}.${temporaryName()}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await fetchTo(temporary, url, file.bytes + packingSlack, signal)
    const content = await checkContent(await readFile(temporary), url, file)
    await rename(temporary, path)
    return content
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    signal?.throwIfAborted()
    const problem = cause instanceof FormatError ? cause.message : `${url}: ${reasonOf(cause as Error)}.`
    throw new MlpError(`Could not download ${problem} ${hint}`, 'ERR_DOWNLOAD', { cause })
  }
}

/**
 * The chunks that a URL answers with.
 * @throws Error, which `reasonOf` puts into words.
 */
export async function openBody(url: string, signal: AbortSignal | undefined): Promise<AsyncGenerator<Uint8Array>> {
  const response = await fetch(url, signal ? { signal } : {})
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`expected HTTP status 200, but got ${response.status} ${response.statusText}`)
  }
  return readBody(response)
}

async function fetchTo(path: string, url: string, limit: number, signal: AbortSignal | undefined): Promise<void> {
  const body = await openBody(url, signal)
  const file = await open(path, 'wx')
  try {
    let received = 0
    for await (const chunk of body) {
      received += chunk.length
      if (received > limit) throw new Error(`expected at most ${limit} bytes, but the server sends more`)
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
}

/** The chunks of a body; the error of a broken connection says how many bytes came. */
async function* readBody(response: Response): AsyncGenerator<Uint8Array> {
  const length = response.headers.get('content-length')
  let received = 0
  try {
    for await (const chunk of response.body ?? []) {
      received += chunk.length
      yield chunk
    }
  } catch (cause) {
    const expected = length === null ? 'the whole file' : `${length} bytes`
    throw new Error(`expected ${expected}, but the connection ended after ${received}`, { cause })
  }
}

/** The message of an error: that of fetch is in its cause, and a failed connection may have only a code. */
export function reasonOf({ message, cause }: Error): string {
  if (message !== 'fetch failed' || !(cause instanceof Error)) return message
  const code = (cause as NodeJS.ErrnoException).code ?? 'no connection'
  return `expected an answer, but got none (${cause.message || code})`
}

import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FormatError, MlpError } from '../base/errors.js'
import { temporaryName } from '../base/random-seed.js'
import { checkContent, type RemoteFile } from './check-content.js'

/** Where a download goes, and what to say when it fails. */
export interface DownloadOptions {
  /** The file's final name. */
  path: string
  signal: AbortSignal | undefined
  /** What the reader of an error should do. */
  hint: string
}

/** What gzip may add to content that does not compress, generously. */
const packingSlack = 1 << 20

/**
 * Downloads a file to a temporary name, checks size and SHA-256 of its content, and only then gives it its final name.
 * @returns the unpacked content.
 * @throws MlpError ERR_DOWNLOAD that names the URL, what was expected and what was found; nothing is left behind.
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
    const what = cause instanceof FormatError ? cause.message : `${url}: ${reason(cause as Error)}.`
    throw new MlpError(`Could not download ${what} ${hint}`, 'ERR_DOWNLOAD', { cause })
  }
}

async function fetchTo(path: string, url: string, limit: number, signal: AbortSignal | undefined): Promise<void> {
  const response = await fetch(url, signal ? { signal } : {})
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`expected HTTP status 200, but got ${response.status} ${response.statusText}`)
  }
  const file = await open(path, 'wx')
  try {
    let received = 0
    for await (const chunk of readBody(response)) {
      received += chunk.length
      if (received > limit) throw new Error(`expected at most ${limit} bytes, but the server sends more`)
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
}

/** The chunks of a body; a connection that is cut says how far it came. */
async function* readBody(response: Response): AsyncGenerator<Uint8Array> {
  const claimed = response.headers.get('content-length')
  let received = 0
  try {
    for await (const chunk of response.body ?? []) {
      received += chunk.length
      yield chunk
    }
  } catch (cause) {
    const expected = claimed === null ? 'the whole file' : `${claimed} bytes`
    throw new Error(`expected ${expected}, but the connection ended after ${received}`, { cause })
  }
}

/** The words of an error; fetch hides them in the cause, and a failed connection may have a code alone. */
function reason({ message, cause }: Error): string {
  if (message !== 'fetch failed' || !(cause instanceof Error)) return message
  const code = (cause as NodeJS.ErrnoException).code ?? 'no connection'
  return `expected an answer, but got none (${cause.message || code})`
}

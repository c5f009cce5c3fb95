import { FormatError } from '../base/errors.js'
import { gunzip, isGzip } from './gunzip.js'

/** One published file. Size and hash are those of the unpacked content: mirrors compress anew. */
export interface RemoteFile {
  /** Its name below the base URL, with `.gz`. */
  name: string
  bytes: number
  /** SHA-256 in hexadecimal. */
  sha256: string
}

/**
 * Unpacks a file's bytes (where they are packed) and holds the content against its published size and SHA-256.
 * @returns the content.
 * @throws FormatError that says what was expected and what was found.
 */
export async function checkContent(bytes: Uint8Array, name: string, file: RemoteFile): Promise<Uint8Array> {
  const content = isGzip(bytes) ? await gunzip(bytes, name, file.bytes) : bytes
  if (content.length !== file.bytes) {
    throw new FormatError(`${name}: expected ${file.bytes} unpacked bytes, but found ${content.length}.`)
  }
  // Not createHash: this one works off the event loop.
  const digest = await process.getBuiltinModule('node:crypto').webcrypto.subtle.digest('SHA-256', content)
  const found = Buffer.from(digest).toString('hex')
  if (found !== file.sha256) {
    throw new FormatError(`${name}: expected content of SHA-256 ${file.sha256}, but found ${found}.`)
  }
  return content
}

import { FormatError } from '../base/errors.js'
import { gunzip, isGzip } from './gunzip.js'

/** A published file. Size and hash are those of the unpacked content, because mirrors compress in their own way. */
export interface RemoteFile {
  /** Its name below the base URL, with `.gz`. */
  name: string
  bytes: number
  /** SHA-256 in hexadecimal. */
  sha256: string
}

/**
 * Unpacks the bytes of a file, if they are packed, and compares the content with its published size and SHA-256.
 * @returns the content.
 * @throws FormatError with the expected and the actual value.
 */
export async function checkContent(bytes: Uint8Array, name: string, file: RemoteFile): Promise<Uint8Array> {
  const content = isGzip(bytes) ? await gunzip(bytes, name, file.bytes) : bytes
  if (content.length !== file.bytes) {
    throw new FormatError(`${name}: expected ${file.bytes} unpacked bytes, but found ${content.length}.`)
  }
  // Unlike createHash this works off the event loop.
  const digest = await process.getBuiltinModule('node:crypto').webcrypto.subtle.digest('SHA-256', content)
  const actual = Buffer.from(digest).toString('hex')
  if (actual !== file.sha256) {
    throw new FormatError(`${name}: expected content of SHA-256 ${file.sha256}, but found ${actual}.`)
  }
  return content
}

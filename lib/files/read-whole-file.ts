import { type FileHandle, open } from 'node:fs/promises'
import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** Node reads less than 2 GiB at once. */
const chunkBytes = 2 ** 30

/**
 * Reads a file of any size into memory.
 * @throws ArgumentError when the path cannot be opened or is not a regular file.
 */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new ArgumentError(`Could not open ${path}: ${cause.message}.`, { cause })
  })
  try {
    return await readAll(file, path)
  } finally {
    await file.close()
  }
}

async function readAll(file: FileHandle, path: string): Promise<Uint8Array> {
  const found = await file.stat()
  if (!found.isFile()) throw invalid('path', 'a regular file', path)
  const bytes = new Uint8Array(found.size)
  let at = 0
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(chunkBytes, bytes.length - at), at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  // A file that shrank meanwhile is for the reader of the format to judge.
  return bytes.subarray(0, at)
}

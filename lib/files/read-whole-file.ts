import { type FileHandle, open } from 'node:fs/promises'
import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** Node reads less than 2 GiB in one call. */
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
  const stats = await file.stat()
  if (!stats.isFile()) throw invalid('path', 'a regular file', path)
  const bytes = new Uint8Array(stats.size)
  let position = 0
  while (position < bytes.length) {
    const size = Math.min(chunkBytes, bytes.length - position)
    const { bytesRead } = await file.read(bytes, position, size, position)
    if (bytesRead === 0) break
    position += bytesRead
  }
  // Shorter where the file shrank meanwhile: the reader of the format reports that.
  return bytes.subarray(0, position)
}

import { type FileHandle, open, readFile } from 'node:fs/promises'
import { ArgumentError } from '../base/errors.js'

/**
 * The bytes of a file that a caller named.
 * @throws ArgumentError that names the path, with Node's error as its cause.
 */
export async function readBytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return await readFile(path, signal && { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw unreadable(path, cause)
  }
}

/**
 * Opens a file that a caller named, for reading.
 * @throws as readBytes does.
 */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

export function unreadable(path: string, cause: unknown): ArgumentError {
  return new ArgumentError(`Expected a readable file, but could not read ${path}: ${(cause as Error).message}.`, {
    cause,
  })
}

/** The same, or undefined when there is no such file. */
export async function readBytesIfThere(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readBytes(path, signal)
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

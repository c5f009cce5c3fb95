import { type FileHandle, open, readFile } from 'node:fs/promises'
import { ArgumentError } from '../base/errors.js'

/**
 * The bytes of a file.
 * @throws ArgumentError with the path, and Node's error as its cause.
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
 * Opens a file for reading.
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

/** The bytes of a range of a file; undefined if the file ends before. */
export async function readRange(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at)
    if (bytesRead === 0) return undefined
    at += bytesRead
  }
  return bytes
}

/** Like `readBytes`, but undefined if the file does not exist. */
export async function readBytesIfThere(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readBytes(path, signal)
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { temporaryName } from '../base/random-seed.js'

/** System errors that mean a wrong path. Others (disk full, I/O error) are passed on as they are. */
const pathFaults = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']

/**
 * Writes a file atomically: at any moment, and after any failure, the path holds either all of the old bytes or all of
 * the new ones. The bytes are written to a temporary file in the same folder, synced to the disk and renamed.
 *
 * Where the path is a symbolic link, its target is replaced. An existing file keeps its permissions. When two writers
 * run at once, the file is the one that was renamed last.
 * @param bytes all bytes, or parts that follow each other; they must not change until the promise settles.
 * @throws ArgumentError when the path cannot be written: no such folder, no permission, not a regular file.
 * @throws Node's error when the disk is full or fails.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
  try {
    await replaceFile(path, bytes instanceof Uint8Array ? [bytes] : bytes)
  } catch (error) {
    throw toPathError(error, path)
  }
}

/** An ArgumentError for a system error that means a wrong path; other errors as they are. */
export function toPathError(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (!pathFaults.includes(code ?? '')) return error
  return new ArgumentError(`Could not write ${path}: ${message}. Give a path in a folder that can be written.`, {
    cause: error,
  })
}

async function replaceFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const target = await realpath(path).catch(ifMissing(path))
  const old = await stat(target).catch(ifMissing(undefined))
  // A rename would replace a device such as /dev/null with a file.
  if (old && !old.isFile()) throw invalid('path', 'a regular file or a new name', path)
  const folder = dirname(target)
  const temporary = join(folder, `.perceptra-${temporaryName()}.tmp`)
  // Outside of the try block: where open fails because the name exists, the file belongs to another writer and must
  // stay.
  const file = await open(temporary, 'wx')
  try {
    await writeAll(file, parts, old && old.mode & 0o7777)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(folder)
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], mode: number | undefined): Promise<void> {
  try {
    if (mode !== undefined) await file.chmod(mode)
    for (const part of parts) await file.writeFile(part) // from where the last part ended
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the rename survive a power cut. Some systems (Windows) cannot sync a folder; the file is complete anyway. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch {
    // The file is complete: nothing to report.
  } finally {
    await handle?.close()
  }
}

function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}

import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { temporaryName } from '../base/random-seed.js'

/** What the system says when the path itself is at fault; the rest (disk full, I/O error) is passed on as it is. */
const pathFaults = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']

/**
 * Writes a file so that its name holds either all of the old bytes or all of the new ones, at any moment and after any
 * failure: the bytes go to a temporary name in the same folder, are synced to the disk and renamed.
 *
 * A symbolic link stays one, its target is replaced; an existing file keeps its permissions. Of two writers at once,
 * the last one wins whole.
 * @throws ArgumentError when the path cannot be written: no such folder, no right to, not a regular file.
 * @throws Node's own error when the disk is full or fails.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, bytes)
  } catch (error) {
    throw toPathError(error, path)
  }
}

/** What the system says when a path cannot be written as an ArgumentError; other errors as they are. */
export function toPathError(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (!pathFaults.includes(code ?? '')) return error
  return new ArgumentError(`Could not write ${path}: ${message}. Give a path in a folder that can be written.`, {
    cause: error,
  })
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(ifMissing(path))
  const old = await stat(target).catch(ifMissing(undefined))
  // A rename would replace a device such as /dev/null by a file.
  if (old && !old.isFile()) throw invalid('path', 'a regular file or a new name', path)
  const folder = dirname(target)
  const temporary = join(folder, `.perceptra-${temporaryName()}.tmp`)
  // Opened before anything is removed: a name that is taken is somebody else's.
  const file = await open(temporary, 'wx')
  try {
    await writeAll(file, bytes, old && old.mode & 0o7777)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(folder)
}

async function writeAll(file: FileHandle, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  try {
    if (mode !== undefined) await file.chmod(mode)
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the rename itself last through a power cut; not every system can (Windows), and the file is whole anyway. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch {
    // The new bytes are in place: nothing to report.
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

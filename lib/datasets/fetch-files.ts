import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { userCacheDir } from './cache-dir.js'
import { checkContent, type RemoteFile } from './check-content.js'
import { download } from './download.js'
import { readBytesIfThere } from './read-bytes.js'

/** The files of a data set. */
export interface FileSet {
  /** The name of its folder in the cache. */
  name: string
  /** The base URL, with a slash at the end. */
  url: string
  files: readonly RemoteFile[]
}

/** The places to look for files. */
export interface FetchOptions {
  dir?: string | undefined
  url?: string | undefined
  cacheDir?: string | undefined
  signal?: AbortSignal | undefined
}

/** The bytes of a file, packed or not, and its path. */
export interface LocalFile {
  path: string
  bytes: Uint8Array
}

/**
 * Reads all files of a set, in order. Takes them from `dir` if it has all of them (as `x.gz` or `x`), without a check of their
 * hashes, because they are the caller's. Else takes each from the cache, with a check of its SHA-256, or downloads it into the
 * cache, with the same check.
 * @throws MlpError ERR_DOWNLOAD for a file that is in neither folder and cannot be downloaded.
 * @throws the signal's reason when it is aborted.
 */
export async function fetchFiles(set: FileSet, options: FetchOptions): Promise<LocalFile[]> {
  const { dir, signal } = options
  signal?.throwIfAborted()
  if (dir !== undefined) {
    const local = await readDir(set, dir, signal)
    if (local) return local
  }
  const files: LocalFile[] = []
  for (const file of set.files) files.push(await fetchFile(set, file, options))
  return files
}

async function readDir(set: FileSet, dir: string, signal: AbortSignal | undefined): Promise<LocalFile[] | undefined> {
  const files: LocalFile[] = []
  for (const { name } of set.files) {
    const local = (await readLocal(join(dir, name), signal)) ?? (await readLocal(join(dir, unpackedName(name)), signal))
    if (!local) return undefined
    files.push(local)
  }
  return files
}

async function readLocal(path: string, signal: AbortSignal | undefined): Promise<LocalFile | undefined> {
  const bytes = await readBytesIfThere(path, signal)
  return bytes && { path, bytes }
}

async function fetchFile(set: FileSet, file: RemoteFile, options: FetchOptions): Promise<LocalFile> {
  const { url = set.url, signal } = options
  const path = join(options.cacheDir ?? userCacheDir(), set.name, file.name)
  const cached = await readBytesIfThere(path, signal)
  if (cached) {
    try {
      return { path, bytes: await checkContent(cached, path, file) }
    } catch {
      // A corrupt file is replaced by a new copy.
      await rm(path, { force: true })
    }
  }
  const source = new URL(file.name, url.endsWith('/') ? url : `${url}/`).href
  return { path, bytes: await download(source, file, { path, signal, hint: hint(set, options.dir) }) }
}

function hint(set: FileSet, dir: string | undefined): string {
  const names = set.files.map(({ name }) => name).join(', ')
  const missing = dir === undefined ? '' : `The folder ${dir} does not have all files. `
  return `${missing}Pass a folder that has ${names} (packed or not) as dir, or another base URL as url.`
}

function unpackedName(name: string): string {
  return name.replace(/\.gz$/, '')
}

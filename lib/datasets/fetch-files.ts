import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { userCacheDir } from './cache-dir.js'
import { checkContent, type RemoteFile } from './check-content.js'
import { download } from './download.js'
import { readBytesIfThere } from './read-bytes.js'

/** The files that make up one data set. */
export interface FileSet {
  /** The name of its folder in the cache. */
  name: string
  /** The base URL, with a slash at the end. */
  url: string
  files: readonly RemoteFile[]
}

/** Where to take the files from. */
export interface FetchOptions {
  dir?: string | undefined
  url?: string | undefined
  cacheDir?: string | undefined
  signal?: AbortSignal | undefined
}

/** A file's bytes, packed or not, and the path they came from. */
export interface LocalFile {
  path: string
  bytes: Uint8Array
}

/**
 * Finds all files of a set, in its order: in `dir`, when it holds all of them (as `x.gz` or `x`; they are the caller's
 * own and not held against the hashes); else in the cache, where each is checked by SHA-256 every time; else on the net,
 * whence they come into the cache after the same check.
 * @throws MlpError ERR_DOWNLOAD when a file is nowhere else and cannot be downloaded whole and right.
 * @throws the signal's reason when it is aborted.
 */
export async function fetchFiles(set: FileSet, options: FetchOptions): Promise<LocalFile[]> {
  const { dir, signal } = options
  signal?.throwIfAborted()
  if (dir !== undefined) {
    const local = await readDir(set, dir, signal)
    if (local) return local
  }
  const found: LocalFile[] = []
  for (const file of set.files) found.push(await fetchFile(set, file, options))
  return found
}

async function readDir(set: FileSet, dir: string, signal: AbortSignal | undefined): Promise<LocalFile[] | undefined> {
  const found: LocalFile[] = []
  for (const { name } of set.files) {
    const local = (await readLocal(join(dir, name), signal)) ?? (await readLocal(join(dir, unpackedName(name)), signal))
    if (!local) return undefined
    found.push(local)
  }
  return found
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
      // Whatever is wrong with it, a new copy is the cure.
      await rm(path, { force: true })
    }
  }
  const source = new URL(file.name, url.endsWith('/') ? url : `${url}/`).href
  return { path, bytes: await download(source, file, { path, signal, hint: hint(set, options.dir) }) }
}

function hint(set: FileSet, dir: string | undefined): string {
  const names = set.files.map(({ name }) => name).join(', ')
  const looked = dir === undefined ? '' : `The folder ${dir} does not hold all of them. `
  return `${looked}Give a folder that holds ${names} (packed or not) as dir, or another base URL as url.`
}

function unpackedName(name: string): string {
  return name.replace(/\.gz$/, '')
}

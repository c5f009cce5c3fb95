import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { describe } from '../../../base/check.js'
import type { OnnxFile } from './file.js'
import { problem } from './problem.js'
import type { ReadExternal } from './tensor.js'

/**
 * A reader of external data: only files in the folder of the model, or below it, are opened.
 * @throws FormatError for a location outside of it, or for bytes that the file does not have.
 */
export function externalReader({ name, path }: Pick<OnnxFile, 'name' | 'path'>): ReadExternal {
  return (tensor, bytes) => {
    const what = `tensor ${describe(tensor.name)}`
    const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
    const location = entries.get('location') ?? ''
    if (path === undefined)
      throw problem(name, `${what} is in another file, ${describe(location)}. Pass the path of the model.`)
    const offset = wholeNumber(entries.get('offset') ?? '0')
    const length = wholeNumber(entries.get('length') ?? `${bytes}`)
    if (offset === undefined || length !== bytes) {
      throw problem(name, `${what} needs ${bytes} bytes of ${describe(location)}, but the file says otherwise.`)
    }
    return readPart(inFolder(location, path, name, what), { offset, length }, name, what)
  }
}

function wholeNumber(text: string): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

/** The real path of a location, which links must not lead out of the folder. */
function inFolder(location: string, path: string, name: string, what: string): string {
  const outside = problem(name, `${what} is in ${describe(location)}, which is not in the folder of the model.`)
  if (location === '' || location.includes('\0') || isAbsolute(location)) throw outside
  let real: string
  let folder: string
  try {
    folder = realpathSync(dirname(path))
    real = realpathSync(join(folder, location))
  } catch (cause) {
    throw problem(name, `${what} is in ${describe(location)}, which cannot be opened.`, { cause })
  }
  const inside = relative(folder, real)
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) throw outside
  return real
}

function readPart(real: string, part: { offset: number; length: number }, name: string, what: string): Uint8Array {
  const stats = statSync(real)
  if (!stats.isFile() || part.offset + part.length > stats.size) {
    throw problem(name, `${what} goes beyond the end of its file, which has ${stats.size} bytes.`)
  }
  const bytes = new Uint8Array(part.length)
  const handle = openSync(real, 'r')
  try {
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(handle, bytes, at, Math.min(bytes.length - at, 2 ** 30), part.offset + at)
      if (count === 0) throw problem(name, `${what} goes beyond the end of its file.`)
      at += count
    }
  } finally {
    closeSync(handle)
  }
  return bytes
}

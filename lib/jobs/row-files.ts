import { ArgumentError, MlpError } from '../base/errors.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { checkHash } from './message.js'

/** The name is a path or a part of an address: anything but a SHA-256 could lead elsewhere. */
const nameOf = (id: string) => `${checkHash(id, 'the name of rows')}.rows`

/** Writes rows to a folder under their SHA-256, unless they are there. */
export async function writeRows(folder: string, id: string, bytes: Uint8Array): Promise<void> {
  const { existsSync } = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path').join(folder, nameOf(id))
  if (existsSync(path)) return
  try {
    await writeFileAtomic(path, bytes)
  } catch (cause) {
    throw new ArgumentError(`Could not write rows to the folder ${folder} of queue: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/**
 * Reads rows from a folder, or from below an address.
 * @throws MlpError ERR_QUEUE where they are not there.
 */
export async function readRowFile(place: string, id: string): Promise<Uint8Array> {
  const name = nameOf(id)
  try {
    if (!/^https?:/.test(place)) {
      const path = process.getBuiltinModule('node:path').join(place, name)
      return await process.getBuiltinModule('node:fs').promises.readFile(path)
    }
    const response = await fetch(`${place.replace(/\/+$/, '')}/${name}`)
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw new MlpError(
      `Could not read the rows ${id.slice(0, 12)}: they are neither in Redis nor in ${place}.`,
      'ERR_QUEUE',
      { cause },
    )
  }
}

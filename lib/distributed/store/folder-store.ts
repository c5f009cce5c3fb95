import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkString } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { writeFileAtomic } from '../../files/atomic-write.js'
import { poll } from './poll.js'
import type { Store } from './store.js'

/**
 * A store in a folder that all ranks see, also over a network: a file for each key. With a secret `join`
 * encrypts what it writes; without one whoever can read the folder can join.
 * @param path a folder; it is made if it is missing.
 * @throws ArgumentError for a path that is no folder or cannot be written.
 */
export function folderStore(path: string): Store {
  return new FolderStore(checkString(path, 'path'))
}

class FolderStore implements Store {
  readonly #path: string
  #made: Promise<unknown> | undefined

  constructor(path: string) {
    this.#path = path
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await writeFileAtomic(await this.#file(key), value)
  }

  async get(key: string, timeout: number, signal?: AbortSignal): Promise<Uint8Array> {
    const file = await this.#file(key)
    return poll(() => readFile(file).catch(ifMissing), key, timeout, `the folder ${this.#path}`, signal)
  }

  /** The n-th file of a counter holds the sum after n calls. A link appears whole, and fails where the name is taken. */
  async add(key: string, amount: number): Promise<number> {
    const folder = await this.#file(`${key}.sums`)
    await mkdir(folder, { recursive: true })
    const temporary = join(folder, `.${randomBytes(8).toString('hex')}`)
    try {
      for (;;) {
        const last = Math.max(0, ...(await readdir(folder)).filter((name) => !name.startsWith('.')).map(Number))
        const sum = amount + (last === 0 ? 0 : Number(await readFile(join(folder, `${last}`), 'utf8')))
        await writeFile(temporary, `${sum}`)
        if (await linked(temporary, join(folder, `${last + 1}`))) return sum
      }
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async deleteAll(prefix: string): Promise<void> {
    await this.#file('')
    const names = await readdir(this.#path)
    const doomed = names.filter((name) => name.startsWith(encodeURIComponent(prefix)))
    await Promise.all(doomed.map((name) => rm(join(this.#path, name), { recursive: true, force: true })))
  }

  async close(): Promise<void> {}

  async #file(key: string): Promise<string> {
    this.#made ??= mkdir(this.#path, { recursive: true }).catch((cause) => {
      throw new ArgumentError(`Expected a folder for the store, but ${this.#path}: ${cause.message}.`, { cause })
    })
    await this.#made
    return join(this.#path, encodeURIComponent(key))
  }
}

/** Whether the new name was free. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

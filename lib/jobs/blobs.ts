import { MlpError } from '../base/errors.js'
import { checkHash } from './message.js'
import type { Redis } from './packages.js'
import { readRowFile, writeRows } from './row-files.js'

/** Bytes of one value in Redis. */
const chunkBytes = 4 << 20

const keyOf = (id: string) => `perceptra:data:${id}`

/**
 * Adds a user to data, and puts the end of all their keys off. KEYS: the data. ARGV: the user, seconds. The clock is that of Redis,
 * as those of machines differ. The user counts from now on, also while it uploads. Returns 0 where the data, or a part of them, are
 * not there.
 */
const retainScript = `
local users = KEYS[1] .. ':users'
redis.call('ZADD', users, redis.call('TIME')[1] + ARGV[2], ARGV[1])
redis.call('EXPIRE', users, ARGV[2])
local chunks = redis.call('GET', KEYS[1])
if not chunks then return 0 end
for k = 0, tonumber(chunks) - 1 do
  if redis.call('EXPIRE', KEYS[1] .. ':' .. k, ARGV[2]) == 0 then return 0 end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1`

/** Removes a user from data, and deletes data without users. KEYS: the data. ARGV: the user. */
const releaseScript = `
local users = KEYS[1] .. ':users'
redis.call('ZREM', users, ARGV[1])
redis.call('ZREMRANGEBYSCORE', users, '-inf', redis.call('TIME')[1])
if redis.call('ZCARD', users) > 0 then return 0 end
local k = 0
while redis.call('DEL', KEYS[1] .. ':' .. k) == 1 do k = k + 1 end
redis.call('DEL', KEYS[1], users)
return 1`

/** An upload that others delete meanwhile, or that takes longer than its expiry, is tried so often. */
const mostUploads = 3

/** Data in Redis under their SHA-256, in chunks, with those who use them: the last one deletes them. */
export class Blobs {
  readonly #redis: Redis
  readonly #expiry: number

  readonly #rows: string | undefined

  /**
   * @param expiry seconds after which Redis deletes data that nobody retains.
   * @param rows a folder, or an address to read from, for rows in place of Redis.
   */
  constructor(redis: Redis, expiry: number, rows?: string) {
    this.#redis = redis
    this.#expiry = expiry
    this.#rows = rows
  }

  /** Uploads rows, or writes them to the folder for rows, as `put` does. */
  async putRows(bytes: Uint8Array, user: string, onBegin: (id: string) => void): Promise<string> {
    if (this.#rows === undefined) return this.put(bytes, user, onBegin)
    const id = await sha256(bytes)
    await writeRows(this.#rows, id, bytes)
    return id
  }

  /**
   * Uploads data that are not there yet.
   * @param onBegin called before anything is written, with the SHA-256: from then on there may be something to release.
   * @returns their SHA-256.
   * @throws MlpError ERR_QUEUE where Redis does not keep them.
   */
  async put(bytes: Uint8Array, user: string, onBegin?: (id: string) => void): Promise<string> {
    const id = await sha256(bytes)
    onBegin?.(id)
    const chunks = Math.ceil(bytes.length / chunkBytes)
    for (let upload = 0; !(await this.retain(id, user)); upload++) {
      if (upload === mostUploads) {
        throw new MlpError(
          `Could not upload ${bytes.length} bytes: Redis did not keep them for ${this.#expiry} s. Set its maxmemory-policy to noeviction, and expiry of queue to more than the upload takes.`,
          'ERR_QUEUE',
        )
      }
      for (let k = 0; k < chunks; k++) {
        const { buffer, byteOffset, byteLength } = bytes.subarray(k * chunkBytes, (k + 1) * chunkBytes)
        const chunk = Buffer.from(buffer, byteOffset, byteLength)
        await this.#redis.set(`${keyOf(id)}:${k}`, chunk, 'EX', this.#expiry)
      }
      await this.#redis.set(keyOf(id), `${chunks}`, 'EX', this.#expiry)
    }
    return id
  }

  /** Uses data, and puts their end off; false where they are not there. */
  async retain(id: string, user: string): Promise<boolean> {
    return (await this.#redis.eval(retainScript, 1, keyOf(id), user, this.#expiry)) === 1
  }

  /** Deletes data, unless others use them. */
  async release(id: string, user: string): Promise<void> {
    await this.#redis.eval(releaseScript, 1, keyOf(id), user)
  }

  /**
   * Reads data.
   * @throws FormatError for a name that is no SHA-256; MlpError ERR_QUEUE for data that are not there, or are not those of the SHA-256.
   */
  async get(id: string): Promise<Uint8Array> {
    checkHash(id, 'the name of data')
    const chunks = Number(await this.#redis.get(keyOf(id)))
    const parts: Uint8Array[] = []
    for (let k = 0; k < chunks; k++) {
      const part = await this.#redis.getBuffer(`${keyOf(id)}:${k}`)
      if (!part) break
      parts.push(part)
    }
    if (chunks === 0 && this.#rows !== undefined) parts.push(await readRowFile(this.#rows, id))
    else if (chunks === 0 || parts.length < chunks) {
      throw new MlpError(
        `The data ${id.slice(0, 12)} are no longer in Redis: they were deleted, or Redis was restarted without its append-only file.`,
        'ERR_QUEUE',
      )
    }
    const bytes = parts.length === 1 ? new Uint8Array(parts[0]!) : new Uint8Array(Buffer.concat(parts))
    if ((await sha256(bytes)) === id) return bytes
    throw new MlpError(`The data ${id.slice(0, 12)} have another SHA-256: they were changed.`, 'ERR_QUEUE')
  }
}

/** In hexadecimal, computed off the event loop. */
async function sha256(bytes: Uint8Array): Promise<string> {
  const { webcrypto } = process.getBuiltinModule('node:crypto')
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex')
}

import { checkOptions, checkString, invalid, optionKeys } from '../../base/check.js'
import { poll } from './poll.js'
import { commandsOf, connectRedis, type RedisClient, type Send } from './redis-client.js'
import type { Store } from './store.js'

/** Options of `redisStore`. */
export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`; `rediss://` is by TLS. The package ioredis, or redis, connects. */
  url?: string | undefined
  /** A connected client of ioredis or redis, in place of a URL; it stays open. */
  client?: RedisClient | undefined
  /** What all keys begin with; `perceptra:` by default. */
  prefix?: string | undefined
}

/** Seconds after which Redis forgets what a run has left behind. */
const expiry = '86400'

/**
 * A store in Redis or Valkey. With a secret `join` encrypts what it writes; without one whoever can read there can join: use
 * passwords and TLS of Redis.
 * @throws ArgumentError for wrong options, or where neither ioredis nor redis is installed; MlpError ERR_GROUP_LOST where the
 * server is not reached.
 */
export async function redisStore(options: RedisStoreOptions): Promise<Store> {
  checkOptions(options, 'redisStore()', optionKeys<RedisStoreOptions>({ url: true, client: true, prefix: true }))
  const { url, client, prefix = 'perceptra:' } = options
  if ((url === undefined) === (client === undefined)) throw invalid('redisStore()', 'either url or client', options)
  if (client) return new RedisStore({ send: commandsOf(client), close: async () => {} }, prefix)
  return new RedisStore(await connectRedis(checkString(url, 'url')), prefix)
}

class RedisStore implements Store {
  readonly #send: Send
  readonly #prefix: string
  readonly close: () => Promise<void>

  constructor({ send, close }: { send: Send; close: () => Promise<void> }, prefix: string) {
    this.#send = send
    this.#prefix = prefix
    this.close = close
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await this.#send('SET', this.#prefix + key, Buffer.from(value).toString('base64'), 'EX', expiry)
  }

  async get(key: string, timeout: number, signal?: AbortSignal): Promise<Uint8Array> {
    const look = async () => {
      const text = await this.#send('GET', this.#prefix + key)
      return text === null ? undefined : Buffer.from(`${text}`, 'base64')
    }
    return poll(look, key, timeout, 'Redis', signal)
  }

  async add(key: string, amount: number): Promise<number> {
    const name = `${this.#prefix + key}.sum`
    const sum = Number(await this.#send('INCRBY', name, `${amount}`))
    await this.#send('EXPIRE', name, expiry)
    return sum
  }

  async deleteAll(prefix: string): Promise<void> {
    const pattern = `${(this.#prefix + prefix).replaceAll(/[\\*?[\]]/g, '\\$&')}*`
    let cursor = '0'
    do {
      const [next, keys] = (await this.#send('SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000')) as [unknown, unknown[]]
      if (keys.length > 0) await this.#send('DEL', ...keys.map(String))
      cursor = `${next}`
    } while (cursor !== '0')
  }
}

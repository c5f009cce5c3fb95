import { checkInteger, checkOptions, checkString, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** Where Redis, or Valkey, is: a URL (`redis://user:password@host:6379`, `rediss://` for TLS), or options of ioredis. */
export type RedisConnection = string | Readonly<Record<string, unknown>>

/** A queue of BullMQ, to which work goes in place of this process. */
export interface QueueOptions {
  /** Where Redis is: a URL, or options of ioredis such as `{ host, port, password, tls }`. */
  connection: RedisConnection
  /** The name of the queue; `'perceptra'` by default. Workers take it by `--name`. */
  name?: string | undefined
  /**
   * A folder that workers see too, by a path or an address of their own (`--rows`): rows are written there under their SHA-256, which
   * workers check, in place of Redis. They stay there for the next run.
   */
  rows?: string | undefined
  /**
   * Seconds after which Redis forgets the rows and results that this process has uploaded, if it dies; 3600 by default.
   * While it lives it puts the end off, and at the end it deletes them. Jobs of a process that died stay in the queue until
   * a worker takes and drops them.
   */
  expiry?: number | undefined
}

/** Checked options. */
export interface QueueSettings {
  readonly connection: RedisConnection
  readonly name: string
  readonly expiry: number
  /** Undefined: rows go to Redis. */
  readonly rows: string | undefined
}

const keys = optionKeys<QueueOptions>({ connection: true, name: true, expiry: true, rows: true })

/**
 * The option `queue`; undefined if it is left out.
 * @throws ArgumentError for wrong options.
 */
export function readQueue(value: unknown): QueueSettings | undefined {
  if (value === undefined) return undefined
  checkOptions(value, 'queue', keys, "Pass { connection: 'redis://...', name }.")
  const { connection, name = 'perceptra', expiry = 3600, rows } = value as QueueOptions
  checkString(name, 'name of queue')
  if (name.includes(':')) throw invalid('name of queue', 'a name without a colon', name)
  return {
    connection: readConnection(connection),
    name,
    expiry: checkInteger(expiry, 'expiry of queue', { min: 60, max: 30 * 24 * 3600 }),
    rows: rows === undefined ? undefined : checkString(rows, 'rows of queue'),
  }
}

function readConnection(connection: unknown): RedisConnection {
  const expected = 'a URL that begins with redis:// or rediss://, or options of ioredis such as { host, port }'
  if (typeof connection === 'string') {
    if (/^rediss?:\/\/./.test(connection) && URL.canParse(connection)) return connection
    // It is not shown: it may hold a password.
    throw new ArgumentError(
      `Expected ${expected}, for connection of queue, but got another string, or a URL that cannot be read. Encode special characters of a password: encodeURIComponent(password).`,
    )
  }
  const prototype =
    connection === null || typeof connection !== 'object' ? undefined : Object.getPrototypeOf(connection)
  if (prototype !== Object.prototype && prototype !== null) throw invalid('connection of queue', expected, connection)
  return connection as Readonly<Record<string, unknown>>
}

/** Where Redis is, without a password. */
export function placeOf(connection: RedisConnection): string {
  if (typeof connection !== 'string') {
    const { host = '127.0.0.1', port = 6379, path, url, sentinels } = connection
    if (typeof url === 'string' && URL.canParse(url)) return new URL(url).host
    if (Array.isArray(sentinels)) return `the sentinels ${sentinels.map((own) => placeOf(Object(own))).join(', ')}`
    return typeof path === 'string' ? path : `${host}:${port}`
  }
  return new URL(connection).host
}

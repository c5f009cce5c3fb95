import { ArgumentError } from '../../base/errors.js'
import { lost } from './store.js'

/** A client of ioredis, or of the package redis: what is used of them. */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> }

type IoRedis = Extract<RedisClient, { call: unknown }>
type NodeRedis = Extract<RedisClient, { sendCommand: unknown }>

/** Sends one command; resolves to its reply. */
export type Send = (command: string, ...args: string[]) => Promise<unknown>

/** The one function of both packages that takes any command. */
export function commandsOf(client: RedisClient): Send {
  if ('call' in client) return (command, ...args) => client.call(command, ...args)
  return (command, ...args) => client.sendCommand([command, ...args])
}

/** How long a connection may take, in milliseconds. */
const connectMs = 10_000

/**
 * Connects by ioredis, or by redis where it is not installed.
 * @throws ArgumentError where neither is; MlpError ERR_GROUP_LOST where the server is not reached.
 */
export async function connectRedis(url: string): Promise<{ send: Send; close: () => Promise<void> }> {
  const [byIoRedis, byRedis] = [await loaded('ioredis'), await loaded('redis')]
  try {
    if (byIoRedis) return await withIoRedis(byIoRedis as never, url)
    if (byRedis) return await withNodeRedis(byRedis as never, url)
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException
    throw lost(`Redis at ${placeOf(url)} was not reached: ${message || code}.`, cause)
  }
  throw new ArgumentError("A store in Redis needs the package ioredis or redis: 'npm install ioredis'.")
}

async function loaded(name: string): Promise<unknown> {
  return import(name).catch(() => undefined)
}

/** Without the password. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the URL'
}

interface IoRedisPackage {
  Redis: new (
    url: string,
    options: object,
  ) => IoRedis & {
    connect(): Promise<void>
    on(event: 'error', listener: () => void): void
    disconnect(): void
  }
}

async function withIoRedis({ Redis }: IoRedisPackage, url: string) {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: connectMs, retryStrategy: null })
  let failure: unknown
  // connect() rejects with less than the event says.
  client.on('error', ((error: unknown) => {
    failure = error
  }) as () => void)
  await client.connect().catch((error) => {
    client.disconnect()
    throw failure ?? error
  })
  return { send: commandsOf(client), close: async () => client.disconnect() }
}

interface NodeRedisPackage {
  createClient(options: object): NodeRedis & {
    connect(): Promise<unknown>
    on(event: 'error', listener: () => void): void
    destroy?(): void
    disconnect?(): Promise<void>
  }
}

async function withNodeRedis({ createClient }: NodeRedisPackage, url: string) {
  const client = createClient({ url, socket: { connectTimeout: connectMs, reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  // Version 4 has no destroy.
  const close = async () => void (client.destroy ? client.destroy() : await client.disconnect?.())
  return { send: commandsOf(client), close }
}

import { ArgumentError } from '../base/errors.js'
import { loadOptional } from '../base/optional-package.js'
import { placeOf, type RedisConnection } from './options.js'
import { orAborted } from './or-aborted.js'

/** What is used of a connection of ioredis. */
export interface Redis {
  connect(): Promise<void>
  disconnect(): void
  on(event: 'error', listener: (error: Error) => void): void
  set(key: string, value: string | Uint8Array, ex: 'EX', seconds: number): Promise<unknown>
  get(key: string): Promise<string | null>
  getBuffer(key: string): Promise<Uint8Array | null>
  exists(key: string): Promise<number>
  del(...keys: string[]): Promise<number>
  expire(key: string, seconds: number): Promise<number>
  time(): Promise<(string | number)[]>
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
}

/** What is used of a job. */
export interface Job {
  readonly id?: string
  readonly name: string
  readonly data: unknown
  readonly returnvalue: unknown
  readonly failedReason?: string
  readonly finishedOn?: number
  updateProgress(progress: object): Promise<void>
  moveToWait(token: string): Promise<unknown>
  remove(): Promise<void>
}

/** What is used of a queue. */
export interface Queue {
  on(event: 'error', listener: (error: Error) => void): void
  waitUntilReady(): Promise<unknown>
  add(name: string, data: object, options: object): Promise<unknown>
  getJob(id: string): Promise<Job | undefined>
  getJobs(types: readonly string[], start: number, end: number): Promise<(Job | undefined)[]>
  getWorkers(): Promise<{ readonly rawname?: string }[]>
  remove(id: string): Promise<number>
  /** The key of a job in Redis. */
  toKey(id: string): string
  close(): Promise<void>
  disconnect(): Promise<void>
}

/** What is used of the events of a queue. */
export interface QueueEvents {
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'completed' | 'failed', listener: (event: { jobId: string }) => void): void
  on(event: 'progress', listener: (event: { jobId: string; data: unknown }) => void): void
  waitUntilReady(): Promise<unknown>
  close(): Promise<void>
  disconnect(): Promise<void>
}

/** What is used of a worker. */
export interface Worker {
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'completed' | 'failed', listener: (job: Job | undefined, result: unknown) => void): void
  waitUntilReady(): Promise<unknown>
  pause(doNotWaitActive: boolean): Promise<void>
  close(force?: boolean): Promise<void>
  disconnect(): Promise<void>
}

type Processor = (job: Job, token: string) => Promise<unknown>

/** What is used of bullmq. */
export interface BullMq {
  Queue: new (name: string, options: object) => Queue
  QueueEvents: new (name: string, options: object) => QueueEvents
  Worker: new (name: string, processor: Processor, options: object) => Worker
  WaitingError: new () => Error
}

/** @throws ArgumentError where bullmq, or ioredis, which it needs, is not installed. */
export async function loadBullMq(): Promise<BullMq> {
  await loadOptional('ioredis', 'A queue')
  return loadOptional<BullMq>('bullmq', 'A queue')
}

/** The connection as BullMQ takes it. Commands wait while Redis is away. */
export function optionsFor(connection: RedisConnection): object {
  const own = typeof connection === 'string' ? { url: connection } : connection
  return { ...own, maxRetriesPerRequest: null }
}

/**
 * Connects, and reconnects when Redis comes back.
 * @throws ArgumentError where ioredis is not installed, or Redis does not answer; the signal's reason.
 */
export async function connectRedis(connection: RedisConnection, signal?: AbortSignal): Promise<Redis> {
  type RedisClass = new (...args: unknown[]) => Redis
  const loaded = await loadOptional<RedisClass & { Redis?: RedisClass }>('ioredis', 'A queue')
  const options = { connectTimeout: 10_000, maxRetriesPerRequest: null, lazyConnect: true }
  const Class = loaded.Redis ?? loaded
  const redis =
    typeof connection === 'string' ? new Class(connection, options) : new Class({ ...connection, ...options })
  let last: Error | undefined
  redis.on('error', (error) => {
    last = error
  })
  try {
    const never = signal ?? new AbortController().signal
    await orAborted(redis.connect(), never)
    // A server that wants a password answers this with an error.
    await orAborted(redis.exists('perceptra'), never)
    return redis
  } catch (error) {
    redis.disconnect()
    signal?.throwIfAborted()
    const cause = last ?? (error as Error)
    const { code, message } = cause as NodeJS.ErrnoException
    throw new ArgumentError(
      `Expected a Redis server at ${placeOf(connection)}, but could not connect: ${message || code}.`,
      { cause },
    )
  }
}

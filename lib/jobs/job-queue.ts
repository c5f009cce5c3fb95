import { describe } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { version } from '../base/version.js'
import { aliveKey, aliveSeconds, type RunState, slotsPattern } from './alive.js'
import { Blobs } from './blobs.js'
import { type JobKind, jobName, type Message, readAnswer } from './message.js'
import type { QueueSettings } from './options.js'
import { orAborted } from './or-aborted.js'
import { checkOwnQueue } from './others.js'
import {
  type BullMq,
  connectRedis,
  loadBullMq,
  optionsFor,
  type Queue,
  type QueueEvents,
  type Redis,
} from './packages.js'
import { fromParcel, toParcel } from './parcels.js'

/** How often finished jobs are asked for beside the events of the queue, of which a restart of Redis may lose some. */
const pollMs = 2000
/** The key that says that a run waits is renewed so often: much more often than it expires. */
const renewMs = 1000 * (aliveSeconds / 6)
/** Jobs that one script asks for, and results that are read at once. */
const idsPerScript = 500
const readAtOnce = 16
/** A job that Redis has lost so often fails. */
const mostAdded = 10
/** How long the end may take where Redis is away. */
const endMs = 3000
/** Seconds: if this process dies BullMQ removes older jobs that are done, when another job of the queue ends. */
const keptSeconds = 3600

/**
 * The numbers of those jobs, from 0, that are finished or gone. KEYS: the jobs.
 */
const finishedScript = `
local done = {}
for k, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 0 or redis.call('HEXISTS', key, 'finishedOn') == 1 then done[#done + 1] = k - 1 end
end
return done`

/** A job that was added to the queue. */
interface Pending {
  /** Whether Redis has confirmed it. */
  isAdded: boolean
  /** The result; `again` if the job is gone without one. */
  settle(outcome: { result: unknown } | 'again'): void
  fail(error: unknown): void
  readonly onProgress: ((progress: unknown) => void) | undefined
}

/** What the run of a job takes. */
export interface RunOptions {
  /** Aborting it rejects with its reason. */
  readonly signal: AbortSignal
  /** Gets what the worker reports; of some reports only the last. */
  readonly onProgress?: ((progress: unknown) => void) | undefined
}

/** Sends jobs to a queue of BullMQ, and waits for their results. */
export class JobQueue {
  /** Stands for this run in Redis. */
  readonly id = process.getBuiltinModule('node:crypto').randomUUID()
  readonly #name: string
  readonly #redis: Redis
  readonly #blobs: Blobs
  readonly #queue: Queue
  readonly #events: QueueEvents
  readonly #pending = new Map<string, Pending>()
  readonly #data = new Set<string>()
  readonly #timers: readonly NodeJS.Timeout[]
  #jobs = 0
  #polls = 0
  #isPolling = false
  #isRetaining = false
  #isWarned = false
  #isStopping = false
  #isEnded = false
  #alive: Promise<unknown> = Promise.resolve()

  private constructor(settings: QueueSettings, redis: Redis, { queue, events }: { queue: Queue; events: QueueEvents }) {
    this.#name = settings.name
    this.#redis = redis
    this.#blobs = new Blobs(redis, settings.expiry, settings.rows)
    this.#queue = queue
    this.#events = events
    events.on('completed', ({ jobId }) => void this.#settle(jobId))
    events.on('failed', ({ jobId }) => void this.#settle(jobId))
    events.on('progress', ({ jobId, data }) => this.#pending.get(jobId)?.onProgress?.(data))
    // Each has a timer of its own: results may take long to read.
    this.#timers = [
      setInterval(() => void this.#poll(), pollMs),
      setInterval(() => void this.#stayAlive().catch(() => {}), renewMs),
      setInterval(() => void this.#retainAll(), 1000 * (settings.expiry / 6)),
    ]
  }

  /**
   * Connects to Redis.
   * @throws ArgumentError where bullmq or ioredis is not installed, or Redis does not answer; MlpError ERR_QUEUE for a queue with
   * jobs of others; the signal's reason.
   */
  static async open(settings: QueueSettings, signal: AbortSignal): Promise<JobQueue> {
    const bull = await loadBullMq()
    const redis = await connectRedis(settings.connection, signal)
    const both = openQueue(bull, settings)
    let opened: JobQueue | undefined
    try {
      await orAborted(Promise.all([both.queue.waitUntilReady(), both.events.waitUntilReady()]), signal)
      await orAborted(checkOwnQueue(both.queue, settings.name), signal)
      opened = new JobQueue(settings, redis, both)
      await orAborted(opened.#stayAlive(), signal)
      return opened
    } catch (error) {
      if (opened) for (const timer of opened.#timers) clearInterval(timer)
      redis.disconnect()
      leave(both.queue, both.events)
      throw error
    }
  }

  /** Uploads what all jobs have in common, unless it is there; returns its SHA-256. */
  async upload(bytes: Uint8Array, signal: AbortSignal): Promise<string> {
    return orAborted(
      this.#blobs.put(bytes, this.id, (id) => this.#data.add(id)),
      signal,
    )
  }

  /** Uploads rows, or writes them to the folder for rows; returns their SHA-256. */
  async uploadRows(bytes: Uint8Array, signal: AbortSignal): Promise<string> {
    return orAborted(
      this.#blobs.putRows(bytes, this.id, (id) => this.#data.add(id)),
      signal,
    )
  }

  /**
   * Runs a job on a worker. A worker that dies is replaced by another; a job that Redis has lost is added again.
   * @returns the result, unpacked.
   * @throws MlpError ERR_QUEUE where a worker refuses the job, or workers die with it; the signal's reason.
   */
  async run(kind: JobKind, spec: string, task: object, options: RunOptions): Promise<unknown> {
    const number = this.#jobs++
    // All jobs of a run listen to its signal.
    process.getBuiltinModule('node:events').setMaxListeners(0, options.signal)
    const uploaded = (data: string) => void this.#data.add(data)
    const parcel = await orAborted(toParcel(task, 'a job', this.#blobs, this.id, uploaded), options.signal)
    const message: Message = { version, search: this.id, kind, spec, task: parcel }
    for (let attempt = 0; attempt < mostAdded; attempt++) {
      const outcome = await this.#runOnce(`${this.id}-${number}-${attempt}`, message, options)
      if (outcome !== 'again') return outcome.result
    }
    throw new MlpError(
      `Redis has lost a job ${mostAdded} times. Set its maxmemory-policy to noeviction, and see that workers reach it.`,
      'ERR_QUEUE',
    )
  }

  /** Now, in seconds, by the clock that workers read too. */
  async now(signal: AbortSignal): Promise<number> {
    return secondsOf(await orAborted(this.#redis.time(), signal))
  }

  /** The number of jobs that workers do at once; 0 without workers. */
  async slots(): Promise<number> {
    const workers = await this.#queue.getWorkers()
    return workers.reduce((sum, { rawname = '' }) => sum + Number(slotsPattern.exec(rawname)?.[1] ?? 1), 0)
  }

  /** Tells workers to end jobs soon, with what they have by then. */
  stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    // The next renewal tries again.
    this.#stayAlive().catch(() => {})
  }

  /** Tells workers that nobody waits any more, and deletes all that is left in Redis. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#isEnded = true
    const closing = this.#clear()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endMs)
    })
    await Promise.race([closing.catch(() => {}), late])
    clearTimeout(timer)
    this.#redis.disconnect()
    leave(this.#queue, this.#events)
  }

  async #clear(): Promise<void> {
    await this.#alive.catch(() => {})
    await this.#redis.del(aliveKey(this.id))
    // All commands are on their way at once: one after the other, they take long where Redis is far.
    await Promise.all([...this.#data].map((id) => this.#blobs.release(id, this.id)))
    await Promise.all([...this.#pending.keys()].map((id) => this.#queue.remove(id).catch(() => 0)))
    await Promise.all([this.#queue.close(), this.#events.close()])
  }

  #runOnce(id: string, message: Message, { signal, onProgress }: RunOptions): Promise<{ result: unknown } | 'again'> {
    return new Promise((resolve, reject) => {
      const abort = () => fail(signal.reason)
      const leave = () => {
        signal.removeEventListener('abort', abort)
        if (!signal.aborted) this.#pending.delete(id)
      }
      const settle = (outcome: { result: unknown } | 'again') => {
        leave()
        resolve(outcome)
      }
      const fail = (error: unknown) => {
        leave()
        reject(error as Error)
      }
      if (signal.aborted) return reject(signal.reason as Error)
      signal.addEventListener('abort', abort)
      const pending: Pending = { isAdded: false, settle, fail, onProgress }
      this.#pending.set(id, pending)
      const kept = { age: keptSeconds }
      this.#queue.add(jobName, message, { jobId: id, removeOnComplete: kept, removeOnFail: kept }).then(() => {
        pending.isAdded = true
      }, fail)
    })
  }

  /** Takes the result of a job, if it is finished. */
  async #settle(id: string): Promise<void> {
    const pending = this.#pending.get(id)
    if (!pending) return
    try {
      const job = await this.#queue.getJob(id)
      if (this.#pending.get(id) !== pending) return
      if (!job) {
        if (pending.isAdded) pending.settle('again')
        return
      }
      if (job.finishedOn === undefined) return
      if (job.failedReason) {
        await job.remove()
        throw failureOf(job.failedReason)
      }
      const answer = readAnswer(job.returnvalue)
      if ('ended' in answer) {
        // A worker did not see that this process lives, as Redis was away.
        await this.#stayAlive()
        pending.settle('again')
        return
      }
      const result = await fromParcel(answer.result, this.#blobs)
      if (this.#pending.get(id) !== pending) return
      pending.settle({ result })
      await job.remove()
      if ('data' in answer.result) await this.#blobs.release(answer.result.data, this.id)
    } catch (error) {
      // Redis may be unreachable: the next poll tries again.
      if (error instanceof MlpError) pending.fail(error)
    }
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      const ids = [...this.#pending.keys()]
      for (let at = 0; at < ids.length; at += idsPerScript) await this.#settleFinished(ids.slice(at, at + idsPerScript))
      await checkOwnQueue(this.#queue, this.#name)
      if (this.#pending.size > 0 && !this.#isWarned && this.#polls++ > 0) await this.#warnWithoutWorkers()
    } catch (error) {
      // Without an MlpError Redis is unreachable, and the next poll tries again.
      if (error instanceof MlpError) for (const pending of [...this.#pending.values()]) pending.fail(error)
    } finally {
      this.#isPolling = false
    }
  }

  async #settleFinished(ids: readonly string[]): Promise<void> {
    const keys = ids.map((id) => this.#queue.toKey(id))
    const finished = (await this.#redis.eval(finishedScript, keys.length, ...keys)) as number[]
    for (let at = 0; at < finished.length; at += readAtOnce) {
      await Promise.all(finished.slice(at, at + readAtOnce).map((k) => this.#settle(ids[k]!)))
    }
  }

  async #retainAll(): Promise<void> {
    if (this.#isRetaining) return
    this.#isRetaining = true
    try {
      for (const id of this.#data) if (!this.#isEnded) await this.#blobs.retain(id, this.id)
    } catch {
      // Redis is unreachable: the next turn comes long before the data expire.
    } finally {
      this.#isRetaining = false
    }
  }

  async #stayAlive(): Promise<void> {
    if (this.#isEnded) return
    const state: RunState = this.#isStopping ? 'stopping' : 'running'
    this.#alive = this.#redis.set(aliveKey(this.id), state, 'EX', aliveSeconds)
    await this.#alive
  }

  async #warnWithoutWorkers(): Promise<void> {
    if ((await this.#queue.getWorkers()).length > 0) return
    this.#isWarned = true
    process.emitWarning(
      `No worker takes jobs of the queue ${describe(this.#name)}. Start some: npx perceptra worker --redis URL --name ${this.#name}`,
      { type: 'QueueWarning', code: 'PERCEPTRA_QUEUE' },
    )
  }
}

function openQueue({ Queue, QueueEvents }: BullMq, { name, connection }: QueueSettings) {
  const options = { connection: optionsFor(connection) }
  const queue = new Queue(name, options)
  const events = new QueueEvents(name, options)
  // They reconnect by themselves.
  for (const one of [queue, events]) one.on('error', () => {})
  return { queue, events }
}

/** Disconnects, without a wait: a Redis that hangs does not close its end. */
function leave(...all: readonly { disconnect(): Promise<void> }[]): void {
  for (const one of all) one.disconnect().catch(() => {})
}

/** The answer of Redis to TIME, in seconds. */
export function secondsOf([seconds, microseconds]: readonly (string | number)[]): number {
  return Number(seconds) + Number(microseconds) / 1e6
}

function failureOf(reason: string): MlpError {
  const stalled = /stalled more than/.test(reason)
  const what = stalled ? 'workers ended, or hung, with it again and again. Do they have enough memory?' : reason
  return new MlpError(`A job of the queue failed: ${what}`, 'ERR_QUEUE')
}

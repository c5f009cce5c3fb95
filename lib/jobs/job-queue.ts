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

/** How often the queue is looked at beside its events, of which a restart of Redis may lose some. */
const lookMs = 2000
/** Data are retained so often, in looks. */
const looksPerRetain = 15
/** How long the end may take where Redis is away. */
const endMs = 3000
/** Seconds for which Redis keeps jobs that are done, if this process dies. */
const keptSeconds = 3600

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
  readonly #timer: NodeJS.Timeout
  #jobs = 0
  #looks = 0
  #isLooking = false
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
    events.on('completed', ({ jobId }) => void this.#look(jobId))
    events.on('failed', ({ jobId }) => void this.#look(jobId))
    events.on('progress', ({ jobId, data }) => this.#pending.get(jobId)?.onProgress?.(data))
    this.#timer = setInterval(() => void this.#lookAtAll(), lookMs)
  }

  /**
   * Connects to Redis.
   * @throws ArgumentError where bullmq or ioredis is not installed, or Redis does not answer; MlpError ERR_QUEUE for a queue with
   * jobs of others.
   */
  static async open(settings: QueueSettings): Promise<JobQueue> {
    const bull = await loadBullMq()
    const redis = await connectRedis(settings.connection)
    const both = openQueue(bull, settings)
    try {
      await Promise.all([both.queue.waitUntilReady(), both.events.waitUntilReady()])
      await checkOwnQueue(both.queue, settings.name)
      const opened = new JobQueue(settings, redis, both)
      await opened.#stayAlive()
      return opened
    } catch (error) {
      await Promise.all([both.queue.close(), both.events.close()])
      redis.disconnect()
      throw error
    }
  }

  /** Uploads what all jobs have in common, unless it is there; returns its SHA-256. */
  async upload(bytes: Uint8Array): Promise<string> {
    const id = await this.#blobs.put(bytes, this.id)
    this.#data.add(id)
    return id
  }

  /** Uploads rows, or writes them to the folder for rows; returns their SHA-256. */
  async uploadRows(bytes: Uint8Array): Promise<string> {
    const id = await this.#blobs.putRows(bytes, this.id)
    this.#data.add(id)
    return id
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
    const parcel = await orAborted(toParcel(task, 'a job', this.#blobs, this.id), options.signal)
    if ('data' in parcel) this.#data.add(parcel.data)
    const message: Message = { version, search: this.id, kind, spec, task: parcel }
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#runOnce(`${this.id}-${number}-${attempt}`, message, options)
      if (outcome !== 'again') return outcome.result
    }
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
    // The next look tries again.
    this.#stayAlive().catch(() => {})
  }

  /** Tells workers that nobody waits any more, and deletes all that is left in Redis. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#isEnded = true
    const closing = this.#clear()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endMs)
    })
    await Promise.race([closing.catch(() => {}), late])
    clearTimeout(timer)
    this.#redis.disconnect()
    await Promise.all([this.#queue.disconnect(), this.#events.disconnect()]).catch(() => {})
  }

  async #clear(): Promise<void> {
    await this.#alive.catch(() => {})
    await this.#redis.del(aliveKey(this.id))
    for (const id of this.#pending.keys()) await this.#queue.remove(id).catch(() => 0)
    for (const id of this.#data) await this.#blobs.release(id, this.id)
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

  /** Looks whether a job is done. */
  async #look(id: string): Promise<void> {
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
      // Redis may be away: the next look tries again.
      if (error instanceof MlpError) pending.fail(error)
    }
  }

  async #lookAtAll(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#stayAlive()
      if (this.#looks++ % looksPerRetain === looksPerRetain - 1) {
        for (const id of this.#data) if (!this.#isEnded) await this.#blobs.retain(id, this.id)
      }
      for (const id of [...this.#pending.keys()]) await this.#look(id)
      if (this.#pending.size > 0 && !this.#isWarned && this.#looks > 1) await this.#warnWithoutWorkers()
    } catch {
      // Redis is away.
    } finally {
      this.#isLooking = false
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

/** The answer of Redis to TIME, in seconds. */
export function secondsOf([seconds, microseconds]: readonly (string | number)[]): number {
  return Number(seconds) + Number(microseconds) / 1e6
}

function failureOf(reason: string): MlpError {
  const stalled = /stalled more than/.test(reason)
  const what = stalled ? 'workers ended, or hung, with it again and again. Do they have enough memory?' : reason
  return new MlpError(`A job of the queue failed: ${what}`, 'ERR_QUEUE')
}

import { describe } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { aliveKey, nameOfWorker } from './alive.js'
import { Blobs } from './blobs.js'
import { secondsOf } from './job-queue.js'
import { type Answer, type JobKind, jobName, type Message, readMessage } from './message.js'
import type { QueueSettings } from './options.js'
import { checkOwnQueue, otherJobs } from './others.js'
import { type BullMq, connectRedis, type Job, loadBullMq, optionsFor, type Redis, type Worker } from './packages.js'
import { fromParcel, toParcel } from './parcels.js'
import type { RestoreLearner } from './unpack.js'

/** A worker renews the lock of a job at half of this time; without renewal another worker gets the job. */
const lockMs = 15_000
/** How often locks that ran out are looked for. */
const stalledMs = 5000
/** A job that has ended so many workers fails. */
const mostStalled = 5
/** How often a worker looks whether a result is still waited for. */
const aliveMs = 1000
/** How long the end may take beyond the time of grace, where Redis is away. */
const endMs = 5000

/** What a handler gets beside its task. */
export interface JobContext {
  /** Aborted when nobody waits for the result, or this worker ends. */
  readonly signal: AbortSignal
  /** The SHA-256 of what all jobs of the run have in common. */
  readonly spec: string
  /** Reads data of Redis. */
  data(id: string): Promise<Uint8Array>
  /** Now, in seconds, by the clock of Redis. */
  now(): Promise<number>
  progress(value: object): void
  /** Whether the result is wanted soon, with what there is by then. */
  isStopping(): boolean
}

/** Computes the result of a task. */
export type JobHandler = (task: unknown, context: JobContext) => Promise<unknown>

/**
 * What happens in a worker: a job began, is done, ended as nobody waits for it any more, was given back to the queue, or was
 * refused as it could not be read; or Redis does not answer, until it is back.
 */
export type WorkerEvent =
  | { readonly event: 'job' | 'done' | 'ended' | 'givenBack'; readonly job: string }
  | { readonly event: 'refused'; readonly job: string; readonly error: unknown }
  | { readonly event: 'away'; readonly error: unknown }

/** What a server of jobs takes. */
export interface ServerSettings {
  readonly queue: QueueSettings
  readonly concurrency: number
  readonly handlers: Readonly<Record<JobKind, JobHandler>>
  readonly restore: RestoreLearner
  readonly onEvent: (event: WorkerEvent) => void
}

/** Why the signal of a job is aborted. */
const reasons = { ended: new Error('ended'), givenBack: new Error('givenBack') }

/** Takes jobs from a queue, and computes their results. */
export class JobServer {
  /** Rejects where the worker ends by itself, as the queue has jobs of others. */
  readonly failed: Promise<never>
  readonly #settings: ServerSettings
  readonly #bull: BullMq
  readonly #redis: Redis
  readonly #blobs: Blobs
  readonly #worker: Worker
  readonly #running = new Set<AbortController>()
  #fail: (error: Error) => void = () => {}
  #isAway = false

  private constructor(settings: ServerSettings, bull: BullMq, redis: Redis) {
    const { queue, concurrency } = settings
    this.#settings = settings
    this.#bull = bull
    this.#redis = redis
    this.#blobs = new Blobs(redis, queue.expiry, queue.rows)
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    // Whoever waits for it gets the error.
    this.failed.catch(() => {})
    this.#worker = new bull.Worker(queue.name, (job, token) => this.#process(job, token), {
      ...{ connection: optionsFor(queue.connection), concurrency, name: nameOfWorker(process.pid, concurrency) },
      ...{ lockDuration: lockMs, stalledInterval: stalledMs, maxStalledCount: mostStalled },
    })
    this.#worker.on('error', (error) => this.#tellAway(error))
    this.#worker.on('completed', (job, answer) => {
      // Not before: the lock may be lost while the result is sent, and then another worker does the job.
      if ('result' in Object(answer)) settings.onEvent({ event: 'done', job: `${job?.id}` })
      this.#tidy(job, answer)
    })
    this.#worker.on('failed', (job) => this.#tidy(job, undefined))
  }

  /**
   * Begins to take jobs.
   * @throws ArgumentError where bullmq or ioredis is not installed, or Redis does not answer; MlpError ERR_QUEUE for a queue with
   * jobs of others.
   */
  static async open(settings: ServerSettings): Promise<JobServer> {
    const bull = await loadBullMq()
    const redis = await connectRedis(settings.queue.connection)
    try {
      const queue = new bull.Queue(settings.queue.name, { connection: optionsFor(settings.queue.connection) })
      queue.on('error', () => {})
      await checkOwnQueue(queue, settings.queue.name).finally(() => queue.close())
      const server = new JobServer(settings, bull, redis)
      await server.#worker.waitUntilReady().catch(async (error) => {
        await server.close(0)
        throw error
      })
      return server
    } catch (error) {
      redis.disconnect()
      throw error
    }
  }

  /** Takes no more jobs; those under way are given back to the queue after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const timers = [
      setTimeout(() => {
        for (const controller of this.#running) controller.abort(reasons.givenBack)
      }, graceMs),
    ]
    const late = new Promise<void>((resolve) => timers.push(setTimeout(resolve, graceMs + endMs)))
    const closed = this.#worker.close()
    closed.catch(() => {})
    await Promise.race([closed, late])
    for (const timer of timers) clearTimeout(timer)
    this.#redis.disconnect()
    await this.#worker.disconnect().catch(() => {})
  }

  async #process(job: Job, token: string): Promise<Answer> {
    this.#isAway = false
    const id = `${job.id}`
    if (job.name !== jobName) {
      await this.#worker.pause(true)
      this.#fail(otherJobs(this.#settings.queue.name, [job.name]))
      return this.#giveBack(job, token)
    }
    const { onEvent } = this.#settings
    const controller = new AbortController()
    this.#running.add(controller)
    let watch: NodeJS.Timeout | undefined
    let sent: Message | undefined
    try {
      const message = readMessage(job.data)
      sent = message
      let state = await this.#stateOf(message)
      if (state === null) return this.#ended(id)
      watch = setInterval(() => {
        this.#stateOf(message).then(
          (now) => {
            state = now
            if (now === null) controller.abort(reasons.ended)
          },
          () => {},
        )
      }, aliveMs)
      onEvent({ event: 'job', job: id })
      const result = await this.#compute(message, job, controller.signal, () => state === 'stopping')
      if (!controller.signal.aborted) {
        return { result: await toParcel(result, 'a result', this.#blobs, message.search) }
      }
    } catch (error) {
      // The data of a run that has just ended are gone, which is no fault of the job.
      if (sent && (await this.#stateOf(sent).catch(() => '')) === null) return this.#ended(id)
      if (!controller.signal.aborted) {
        onEvent({ event: 'refused', job: id, error })
        // The message alone goes to Redis: a stack has paths of this machine.
        throw Object.assign(new Error((error as Error)?.message ?? describe(error)), { stack: '' })
      }
    } finally {
      clearInterval(watch)
      this.#running.delete(controller)
    }
    if (controller.signal.reason === reasons.ended) return this.#ended(id)
    onEvent({ event: 'givenBack', job: id })
    return this.#giveBack(job, token)
  }

  async #compute(
    { kind, spec, task }: Message,
    job: Job,
    signal: AbortSignal,
    isStopping: () => boolean,
  ): Promise<unknown> {
    const { handlers, restore } = this.#settings
    return handlers[kind](await fromParcel(task, this.#blobs, restore), {
      ...{ signal, spec, isStopping },
      data: (id) => this.#blobs.get(id),
      now: async () => secondsOf(await this.#redis.time()),
      progress: (value) => void job.updateProgress(value).catch(() => {}),
    })
  }

  #ended(job: string): Answer {
    this.#settings.onEvent({ event: 'ended', job })
    return { ended: true }
  }

  async #giveBack(job: Job, token: string): Promise<never> {
    await job.moveToWait(token)
    throw new this.#bull.WaitingError()
  }

  /** What the run says of itself; null where nobody waits for it. */
  #stateOf({ search }: Message): Promise<string | null> {
    return this.#redis.get(aliveKey(search))
  }

  /** Removes a job that nobody will read, as its run has ended. */
  #tidy(job: Job | undefined, answer: unknown): void {
    const tidy = async () => {
      const message = readMessage(job?.data)
      if ((await this.#stateOf(message)) !== null) return
      await job!.remove()
      const { result } = Object(answer) as { result?: Partial<{ data: string }> }
      if (result?.data !== undefined) await this.#blobs.release(result.data, message.search)
    }
    // It is gone, was none of a run, or goes when its time is over.
    tidy().catch(() => {})
  }

  #tellAway(error: Error): void {
    if (this.#isAway || error instanceof MlpError) return
    this.#isAway = true
    this.#settings.onEvent({ event: 'away', error })
  }
}

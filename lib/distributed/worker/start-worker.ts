import { checkInteger, checkNumber, checkOptions, invalid, optionKeys } from '../../base/check.js'
import { version } from '../../base/version.js'
import { JobServer, type WorkerEvent } from '../../jobs/index.js'
import { placeOf, type QueueOptions, type QueueSettings, readQueue } from '../../jobs/options.js'
import { native } from '../../native/addon.js'
import { fitHandler } from './fit-handler.js'
import { networkHandler } from './network-handler.js'
import { restoreLearner } from './restore.js'

/** What `startWorker` takes. */
export interface WorkerOptions extends Pick<QueueOptions, 'connection' | 'name'> {
  /** Where to read rows of searches that have the option `rows`: a folder, or an address below which its files are. */
  rows?: string | undefined
  /** Jobs at once, each on one thread; by default as many as there are cores. */
  concurrency?: number | undefined
  /** Called for each job that begins or ends, and when Redis is away. */
  onEvent?: ((event: WorkerEvent) => void) | undefined
}

/** What `close` of a worker takes. */
export interface CloseOptions {
  /** Seconds that jobs under way have to end; then they are given back to the queue, and another worker does them. 10 by default. */
  grace?: number | undefined
}

const keys = optionKeys<WorkerOptions>({ connection: true, name: true, rows: true, concurrency: true, onEvent: true })

/** A worker that takes jobs of searches, validations and table models from a queue. */
export class QueueWorker {
  /** The name of the queue, and where Redis is, without a password. */
  readonly queue: string
  readonly redis: string
  readonly concurrency: number
  readonly version = version
  /** Rejects, with an MlpError ERR_QUEUE, if the queue gets jobs of other programs: the worker then takes no more. */
  readonly failed: Promise<never>
  readonly #server: JobServer

  /** @internal */
  constructor(server: JobServer, { name, connection }: QueueSettings, concurrency: number) {
    this.#server = server
    this.queue = name
    this.redis = placeOf(connection)
    this.concurrency = concurrency
    this.failed = server.failed
  }

  /** Takes no more jobs, and resolves when those under way are done or given back. */
  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions(options, 'close()', optionKeys<CloseOptions>({ grace: true }))
    const grace = checkNumber(options.grace ?? 10, 'grace', { min: 0, max: 1e6 })
    await this.#server.close(grace * 1000)
  }
}

/**
 * Starts a worker: it takes the fits of searches (`queue` of `modelSelection` and of table models) and sends back their results.
 * `npx perceptra worker` does the same. Several may run on a machine, and on many. What a job holds is data, never code.
 * @throws ArgumentError for wrong options, where bullmq or ioredis is not installed, or Redis does not answer; MlpError ERR_QUEUE for
 * a queue with jobs of other programs.
 */
export async function startWorker(options: WorkerOptions): Promise<QueueWorker> {
  checkOptions(options, 'startWorker()', keys)
  const { concurrency, onEvent, ...queueOptions } = options
  const queue = readQueue(queueOptions)!
  if (onEvent !== undefined && typeof onEvent !== 'function') throw invalid('onEvent', 'a function', onEvent)
  const atOnce =
    concurrency === undefined ? native().info().cores : checkInteger(concurrency, 'concurrency', { min: 1, max: 256 })
  const server = await JobServer.open({
    ...{ queue, concurrency: atOnce, restore: restoreLearner, onEvent: onEvent ?? (() => {}) },
    handlers: { fit: fitHandler(restoreLearner, atOnce), network: networkHandler() },
  })
  return new QueueWorker(server, queue, atOnce)
}

import { MlpError } from '../base/errors.js'
import type { Scored, Servable } from './servable.js'
import { TimeLimit, tooLate } from './time-limit.js'
import type { RequestSpan } from './traces.js'

/** How rows of different requests become batches. */
export interface BatchLimits {
  /** Most rows of a batch. */
  readonly maxBatch: number
  /** The longest time that a row waits for others, in milliseconds. */
  readonly maxDelayMs: number
  /** Most rows that wait or are being computed; further ones are refused. */
  readonly maxQueue: number
  /** The longest time of a request, in milliseconds. */
  readonly timeoutMs: number
}

/** Who waits for an answer: an AbortSignal, or the client of a request. */
type Asker = Pick<AbortSignal, 'aborted' | 'reason'>

interface Waiting {
  readonly servable: Servable
  readonly row: unknown
  readonly withProbabilities: boolean
  readonly client: Asker | undefined
  /** When the row must have begun, as performance.now() counts. */
  readonly deadline: number
  readonly span: RequestSpan | undefined
  /** Since when it waits. */
  readonly since: number
  resolve(scored: Scored): void
  reject(error: unknown): void
}

/** A network that answers a row in less is not worth a batch: its hand-over to another thread takes as long. */
const fastMs = 0.2
/** The first rows of any model are slow, since they are compiled meanwhile: so many are given a longer time. */
const [firstRows, firstMs] = [500, 1]
/** How much a new measurement counts in the mean. */
const weight = 0.1
/** How far one measurement moves the typical time of a row: a pause of the process, such as for garbage, must not decide. */
const [step, firstStep] = [1.3, 3]
/** A row on the spot, as a trial whether the model is fast by now, may take this share of the time at most. */
const trialShare = 0.01

/** What is known of the speed of a model. */
interface Speed {
  /** The typical time of a row on the spot, near the median. */
  rowMs: number
  /** When a slow model is tried again. */
  trialAt: number
  /** Rows on the spot so far. */
  rows: number
}

/**
 * Collects single rows of concurrent requests, and computes them as a batch off the event loop. It adapts: models that answer a
 * row in microseconds do so on the spot; rows wait only while other rows arrive more often than `maxDelayMs`.
 */
export class Batcher {
  readonly #limits: BatchLimits
  readonly #onBatch: (rows: number) => void
  #queue: Waiting[] = []
  /** Cancels the flush that is due. */
  #cancel: (() => void) | undefined
  #running = 0
  /** Per model, since a swap brings another. */
  readonly #speeds = new WeakMap<Servable, Speed>()
  /** The mean time between two rows. */
  #gapMs = Infinity
  #last = -Infinity

  /** @param onBatch is called with the size of each batch. */
  constructor(limits: BatchLimits, onBatch: (rows: number) => void) {
    this.#limits = limits
    this.#onBatch = onBatch
  }

  /** Rows that wait or are being computed. */
  get pending(): number {
    return this.#queue.length + this.#running
  }

  /**
   * The answer for one row.
   * @throws MlpError ERR_OVERLOADED when too many rows wait; the client's reason where it has left; what the model throws.
   */
  one(
    servable: Servable,
    row: unknown,
    withProbabilities: boolean,
    client?: Asker,
    span?: RequestSpan,
  ): Scored | Promise<Scored> {
    if (client?.aborted) throw client.reason
    if (this.#isFast(servable)) {
      span?.computes(1, 0)
      return this.#onTheSpot(servable, row, withProbabilities)
    }
    this.#checkRoom()
    return new Promise((resolve, reject) => {
      const since = performance.now()
      const deadline = since + this.#limits.timeoutMs
      this.#queue.push({ servable, row, withProbabilities, client, deadline, span, since, resolve, reject })
      this.#schedule()
    })
  }

  /**
   * Runs a request of several rows, which is a batch of its own.
   * @throws MlpError ERR_OVERLOADED when too many rows wait; what `work` throws.
   */
  async whole<R>(rows: number, work: () => Promise<R>, span?: RequestSpan): Promise<R> {
    this.#checkRoom()
    span?.computes(rows, 0)
    this.#running += rows
    try {
      return await work()
    } finally {
      this.#running -= rows
      if (this.#queue.length > 0) this.#flush()
    }
  }

  /** Rows that are being computed count too: batches leave the queue as soon as they are full. */
  #checkRoom(): void {
    if (this.pending < this.#limits.maxQueue) return
    throw new MlpError(`${this.pending} rows wait already, as many as maxQueue allows.`, 'ERR_OVERLOADED')
  }

  #isFast(servable: Servable): boolean {
    if (this.#limits.maxBatch === 1) return true
    const speed = this.#speeds.get(servable)
    if (speed === undefined) return true
    const limit = speed.rows < firstRows ? firstMs : fastMs
    return speed.rowMs < limit || performance.now() >= speed.trialAt
  }

  #onTheSpot(servable: Servable, row: unknown, withProbabilities: boolean): Scored {
    const start = performance.now()
    const scored = servable.one(row, withProbabilities)
    const end = performance.now()
    const ms = end - start
    const speed = this.#speeds.get(servable)
    const trialAt = end + ms / trialShare
    if (!speed) this.#speeds.set(servable, { rowMs: Math.min(ms, fastMs / 2), trialAt, rows: 1 })
    else {
      const { rowMs, rows } = speed
      const most = rows < firstRows ? firstStep : step
      // Not far below the bound, so that some slow rows are enough to see that a model is slow.
      speed.rowMs = ms > rowMs ? Math.min(ms, rowMs * most) : Math.max(ms, rowMs / most, fastMs / 4)
      speed.trialAt = trialAt
      speed.rows++
    }
    return scored
  }

  #schedule(): void {
    const now = performance.now()
    this.#gapMs = this.#last === -Infinity ? Infinity : mix(this.#gapMs, now - this.#last)
    this.#last = now
    if (this.#queue.length >= this.#limits.maxBatch) {
      this.#flush()
      return
    }
    // While a batch is computed, further rows wait for its end, but not for longer than the delay.
    const wait = this.#running > 0 || this.#gapMs < this.#limits.maxDelayMs ? this.#limits.maxDelayMs : 0
    this.#flushIn(wait)
  }

  #flushIn(ms: number): void {
    if (this.#cancel) return
    const flush = () => this.#flush()
    if (ms > 0) {
      const timer = setTimeout(flush, ms)
      this.#cancel = () => clearTimeout(timer)
    } else {
      const immediate = setImmediate(flush)
      this.#cancel = () => clearImmediate(immediate)
    }
  }

  #flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const { servable, withProbabilities } = this.#queue[0] ?? {}
    if (!servable) return
    // Rows of one batch are for one version, and ask for the same.
    const alike = (waiting: Waiting) => waiting.servable === servable && waiting.withProbabilities === withProbabilities
    const batch: Waiting[] = []
    const rest: Waiting[] = []
    const now = performance.now()
    for (const waiting of this.#queue) {
      if (waiting.client?.aborted) waiting.reject(waiting.client.reason)
      else if (waiting.deadline < now) waiting.reject(tooLate(this.#limits.timeoutMs))
      else (batch.length < this.#limits.maxBatch && alike(waiting) ? batch : rest).push(waiting)
    }
    this.#queue = rest
    if (batch.length > 0) void this.#compute(servable, batch)
    if (rest.length > 0) this.#flushIn(0)
  }

  async #compute(servable: Servable, batch: Waiting[]): Promise<void> {
    this.#running += batch.length
    this.#onBatch(batch.length)
    const now = performance.now()
    for (const { span, since } of batch) span?.computes(batch.length, now - since)
    const rows = batch.map(({ row }) => row)
    const limit = new TimeLimit(this.#limits.timeoutMs)
    try {
      const scored = await servable.many(rows, batch[0]!.withProbabilities, limit.signal)
      for (const [i, { resolve }] of batch.entries()) resolve(servable.row(scored, i))
    } catch {
      if (limit.signal.aborted) for (const { reject } of batch) reject(limit.signal.reason)
      // One wrong row fails the batch: each row gets the answer, or the error, that it would get alone.
      else await Promise.all(batch.map((waiting) => this.#alone(waiting, limit.signal)))
    } finally {
      limit.end()
      this.#running -= batch.length
      if (this.#queue.length > 0) this.#flush()
    }
  }

  async #alone({ servable, row, withProbabilities, resolve, reject }: Waiting, signal: AbortSignal): Promise<void> {
    try {
      resolve(servable.row(await servable.many([row], withProbabilities, signal), 0))
    } catch (error) {
      reject(error)
    }
  }
}

function mix(mean: number, value: number): number {
  return mean === Infinity ? value : mean + weight * (value - mean)
}

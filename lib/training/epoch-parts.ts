import { Stopping } from '../base/stopping.js'
import type { Core } from '../network/core.js'
import type { Part } from '../network/row-scores.js'
import type { Job } from './job.js'

/** The parts of an epoch's data: one for arrays, one after the other for a stream. */
export class EpochParts {
  /** Of the part that is trained now: its rows, its steps (0 before the first part) and the steps done. */
  rows = 0
  steps = 0
  step = 0
  /** Whether the epoch has no further part. */
  done = false
  readonly #core: Core
  readonly #job: Job
  readonly #deadline: number
  readonly #closed: Promise<'stopped'>
  #number = 0
  #coming: Promise<Part | undefined> | undefined
  /** The part that is trained now. */
  current: Part | undefined

  /**
   * @param deadline when the run is to stop, on the clock of performance.now().
   * @param closing aborted when the caller wants no more events.
   */
  constructor(core: Core, job: Job, deadline: number, closing: AbortSignal) {
    this.#closed = new Promise((resolve) => {
      closing.addEventListener('abort', () => resolve('stopped'), { once: true })
    })
    this.#core = core
    this.#job = job
    this.#deadline = deadline
  }

  beginEpoch(): void {
    this.#number = 0
    this.done = false
    this.#job.data.beginEpoch()
  }

  /** Begins the next part, or ends the epoch. Returns without either when the run is to stop first. */
  async next(): Promise<void> {
    const { data, batchSize, shuffle, shareBatches, threads, layerStatistics } = this.#job
    this.steps = 0
    this.step = 0
    this.#coming ??= data.next()
    const part = this.#job.whole ? await this.#coming : await this.orStop(this.#coming)
    if (part === 'stopped') return
    this.#coming = undefined
    this.done = part === undefined
    this.current = part
    if (part === undefined) return
    const settings = { batchSize, shuffle, shareBatches, threads, gradientNorms: layerStatistics }
    this.steps = this.#core.beginEpoch(part.data, settings, this.#number++)
    this.rows = part.data.rows
  }

  /** Ends the wait when the run is to stop: a stream may never yield its next batch. */
  async orStop<T>(part: Promise<T>): Promise<T | 'stopped'> {
    const { signal } = this.#job
    // At least a millisecond, which Stopping requires to be above 0.
    const timeLimit = Math.max(this.#deadline - performance.now(), 1) / 1000
    const stopping = new Stopping({ signal, timeLimit })
    try {
      return await Promise.race([part, stopping.whenStopped.then(() => 'stopped' as const), this.#closed])
    } finally {
      stopping.end()
    }
  }
}

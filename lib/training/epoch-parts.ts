import { Stopping } from '../base/stopping.js'
import type { NativeDataset, NativeEpoch } from '../native/model.js'
import type { Core } from '../network/core.js'
import type { Part } from '../network/row-scores.js'
import { noRows } from '../network/targets.js'
import type { Job } from './job.js'

/** Of a run with a group. */
export interface Meetings {
  /** The most steps of any rank for what comes next; 'stopped' when the run is to stop. */
  nextRows(steps: number): Promise<number | 'stopped'>
  /** Waits until all can begin these steps. */
  stepsBegin(steps: number): Promise<unknown>
}

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
  #empty: NativeDataset | undefined
  /** The part that is trained now. */
  current: Part | undefined

  readonly #meetings: Meetings

  /**
   * @param deadline when the run is to stop, on the clock of performance.now().
   * @param closing aborted when the caller wants no more events.
   */
  constructor(core: Core, job: Job, deadline: number, closing: AbortSignal, meetings: Meetings) {
    this.#meetings = meetings
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
    const { data, batchSize, shuffle, shareBatches, threads, layerStatistics, agreement } = this.#job
    this.steps = 0
    this.step = 0
    this.#coming ??= data.next()
    const part = this.#job.whole ? await this.#coming : await this.orStop(this.#coming)
    if (part === 'stopped') return void (await this.#meetings.nextRows(0))
    this.#coming = undefined
    const settings = { batchSize, shuffle, shareBatches, threads, gradientNorms: layerStatistics }
    if (agreement.isAlone) return this.#begin(part, settings)
    const steps = await this.#meetings.nextRows(part === undefined ? 0 : Math.ceil(part.data.rows / batchSize))
    if (steps === 'stopped') return
    try {
      // A rank whose rows are used up goes on without.
      this.#begin(steps === 0 ? undefined : (part ?? this.#emptyPart()), { ...settings, steps })
      if (!this.done) await this.#meetings.stepsBegin(this.steps)
    } catch (error) {
      // No rank takes a step.
      this.steps = 0
      throw error
    }
  }

  #begin(part: Part | undefined, settings: Omit<NativeEpoch, 'epoch'>): void {
    this.done = part === undefined
    this.current = part
    if (part === undefined) return
    this.steps = this.#core.beginEpoch(part.data, settings, this.#number++)
    this.rows = part.data.rows
  }

  #emptyPart(): Part {
    this.#empty ??= noRows(this.#core, this.#job.compiled)
    return { data: this.#empty, targets: undefined }
  }

  /** Frees what it made. */
  dispose(): void {
    this.#empty?.dispose()
  }

  /** Whether a wait has ended by the time limit: its timer may be a millisecond ahead of the clock. */
  outOfTime = false

  /** Ends the wait when the run is to stop: a stream may never yield its next batch. */
  async orStop<T>(part: Promise<T>): Promise<T | 'stopped'> {
    const { signal } = this.#job
    // At least a millisecond, which Stopping requires to be above 0.
    const timeLimit = Math.max(this.#deadline - performance.now(), 1) / 1000
    const stopping = new Stopping({ signal, timeLimit })
    try {
      return await Promise.race([part, stopping.whenStopped.then(() => 'stopped' as const), this.#closed])
    } finally {
      if (stopping.reason === 'timeLimit') this.outOfTime = true
      stopping.end()
    }
  }
}

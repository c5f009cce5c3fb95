import { runSoon } from '../base/breathing.js'
import { unchanged } from '../base/unchanged.js'
import { freeRows, type Job, type JobRows, type Plan } from './job.js'
import { unreadData } from './training-data.js'

/** Thrown in the work that reads rows where the run ends before it. */
const ended = Symbol('ended')

/** The rows of a run while they are read: small arrays at once, large ones in slices between turns of the event loop. */
export class Reading {
  readonly plan: Plan
  readonly #rows: JobRows | Promise<JobRows>
  #deadline = Infinity

  /**
   * Begins to read.
   * @param closing aborted when the caller wants no more events.
   * @throws ArgumentError for wrong data that are read at once.
   */
  constructor(plan: Plan, closing: AbortSignal) {
    this.plan = plan
    const check = unchanged(plan.sources, 'before training starts (onTrainBegin)')
    this.#rows = runSoon(plan.readRows(), {
      signal: plan.signal,
      check: () => {
        check()
        if (closing.aborted || performance.now() >= this.#deadline) throw ended
      },
    })
    // Avoids an unhandled rejection; finish() rethrows.
    if (this.#rows instanceof Promise) this.#rows.catch(() => {})
  }

  /**
   * The run with its rows; without them if it ended before they were read.
   * @param deadline when the run is to stop, on the clock of performance.now().
   * @throws ArgumentError for wrong data.
   */
  async finish(deadline: number): Promise<Job> {
    this.#deadline = deadline
    const { readRows: _, sources: __, ...run } = this.plan
    try {
      return { ...run, ...(await this.#rows) }
    } catch (error) {
      if (error !== ended) throw error
      return { ...run, data: unreadData, validation: undefined }
    }
  }

  /** Frees the rows, when they are read. */
  free(): void {
    if (this.#rows instanceof Promise) this.#rows.then(freeRows, () => {})
    else freeRows(this.#rows)
  }
}

import type { NativeDataset } from '../native/model.js'
import type { Core } from '../network/core.js'
import type { Job } from './fit-options.js'

/** The longest that a timer of Node's can be set to. */
const maxTimeout = 2 ** 31 - 2

/** The rows of an epoch, part by part: all at once, or as they come in. */
export class EpochParts {
  /** Of the part that is trained: its rows, its steps (0 when there is none) and how many of these are done. */
  rows = 0
  steps = 0
  step = 0
  /** Whether the epoch has no more of them. */
  done = false
  readonly #core: Core
  readonly #job: Job
  readonly #deadline: number
  #number = 0
  #coming: Promise<NativeDataset | undefined> | undefined

  /** @param deadline when the run is to stop, as performance.now() tells it. */
  constructor(core: Core, job: Job, deadline: number) {
    this.#core = core
    this.#job = job
    this.#deadline = deadline
  }

  beginEpoch(): void {
    this.#number = 0
    this.done = false
    this.#job.data.beginEpoch()
  }

  /** Begins with the next part, or ends the epoch. A run that is to stop meanwhile does not wait. */
  async next(): Promise<void> {
    const { data, batchSize, shuffle, threads, layerStatistics } = this.#job
    this.steps = 0
    this.step = 0
    this.#coming ??= data.next()
    const part = await this.#orStop(this.#coming)
    if (part === 'stopped') return
    this.#coming = undefined
    this.done = part === undefined
    if (part === undefined) return
    const settings = { batchSize, shuffle, threads, gradientNorms: layerStatistics }
    this.steps = this.#core.beginEpoch(part, settings, this.#number++)
    this.rows = part.rows
  }

  async #orStop<T>(work: Promise<T>): Promise<T | 'stopped'> {
    const { signal, whole } = this.#job
    if (whole) return work
    let stop = () => {}
    let timer: NodeJS.Timeout | undefined
    const stopped = new Promise<'stopped'>((resolve) => {
      stop = () => resolve('stopped')
      signal?.addEventListener('abort', stop)
      const left = this.#deadline - performance.now()
      if (left < maxTimeout) timer = setTimeout(stop, Math.max(left, 0) + 1)
    })
    if (signal?.aborted) stop()
    try {
      return await Promise.race([work, stopped])
    } finally {
      signal?.removeEventListener('abort', stop)
      clearTimeout(timer)
    }
  }
}

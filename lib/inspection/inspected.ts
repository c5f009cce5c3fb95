import { setImmediate } from 'node:timers/promises'
import { invalid, optionKeys } from '../base/check.js'
import { Stopping } from '../base/stopping.js'

/** How far a run is: evaluations done, of all. */
export interface InspectionProgress {
  done: number
  total: number
}

/** What every inspection takes. */
export interface InspectionOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Seconds after which the model is asked no more, and what runs ends. Infinity, the default, is no limit. */
  timeLimit?: number | undefined
  /** Called, and awaited, after each evaluation of the model; what it throws rejects the promise. */
  onProgress?: ((progress: InspectionProgress) => unknown) | undefined
}

export const inspectionKeys = optionKeys<InspectionOptions>({ signal: true, timeLimit: true, onProgress: true })

/** Whether the model was asked all, or the time was over: then what is not known is NaN. */
export type InspectionStopReason = 'done' | 'timeLimit'

/** @throws ArgumentError for what is no object. */
export function checkModel(model: unknown): object {
  if (model !== null && typeof model === 'object') return model
  throw invalid('the model', 'an estimator or a network', model)
}

/** Counts evaluations, tells of them, and ends the run when it is to end. */
export class Evaluations {
  /** What the model is told: a signal, where something may end the run. */
  readonly told: { signal?: AbortSignal }
  /** How many there are to be. */
  total = 0
  readonly #options: InspectionOptions
  readonly #stopping: Stopping
  #done = 0

  private constructor(options: InspectionOptions) {
    const { signal, timeLimit, onProgress } = options
    if (onProgress !== undefined && typeof onProgress !== 'function')
      throw invalid('onProgress', 'a function', onProgress)
    this.#options = options
    this.#stopping = new Stopping({ signal, timeLimit })
    this.told = signal === undefined && timeLimit === undefined ? {} : { signal: this.#stopping.signal }
  }

  /**
   * Runs an inspection, whose time begins now.
   * @throws ArgumentError for wrong options; the signal's reason; what the inspection throws.
   */
  static async of<T>(options: InspectionOptions, inspect: (evaluations: Evaluations) => Promise<T>): Promise<T> {
    const evaluations = new Evaluations(options)
    try {
      return await inspect(evaluations)
    } finally {
      evaluations.#stopping.end()
    }
  }

  get stopReason(): InspectionStopReason {
    return this.#done < this.total ? 'timeLimit' : 'done'
  }

  /**
   * One evaluation, which counts.
   * @returns undefined when the time is over.
   * @throws the signal's reason; what the model or onProgress throws.
   */
  async run<T>(evaluate: () => T | Promise<T>): Promise<T | undefined> {
    const value = await this.ask(evaluate)
    if (value === undefined) return undefined
    this.#done++
    await this.#options.onProgress?.({ done: this.#done, total: this.total })
    return value
  }

  /** What has to be known before it is known how many evaluations there are; else as `run`. */
  async ask<T>(evaluate: () => T | Promise<T>): Promise<T | undefined> {
    // Models that answer on the spot would leave the event loop no turn in which the time may end.
    await setImmediate()
    if (this.isOver()) return undefined
    try {
      const value = await evaluate()
      // What was cut short may be an answer to something else.
      return this.isOver() ? undefined : value
    } catch (error) {
      if (this.isOver()) return undefined // an answer that was cut short may not even be one
      throw error
    }
  }

  /** Whether there is no time for more. @throws the signal's reason. */
  isOver(): boolean {
    this.#options.signal?.throwIfAborted()
    return this.#stopping.stopped
  }
}

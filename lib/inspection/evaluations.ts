import { setImmediate } from 'node:timers/promises'
import { invalid, optionKeys } from '../base/check.js'
import { Stopping } from '../base/stopping.js'

/** The progress of a run: evaluations done, of all evaluations. */
export interface InspectionProgress {
  done: number
  total: number
}

/** Options of every inspection. */
export interface InspectionOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
  /**
   * Seconds after which the inspection stops calling the model and interrupts a call in progress. Infinity by default.
   */
  timeLimit?: number | undefined
  /** Called and awaited after each evaluation of the model; an error that it throws rejects the promise. */
  onProgress?: ((progress: InspectionProgress) => unknown) | undefined
}

export const inspectionKeys = optionKeys<InspectionOptions>({ signal: true, timeLimit: true, onProgress: true })

/** Whether all evaluations were done, or the time was over: then missing results are NaN. */
export type InspectionStopReason = 'done' | 'timeLimit'

/** @throws ArgumentError for a value that is not an object. */
export function checkModel(model: unknown): object {
  if (model !== null && typeof model === 'object') return model
  throw invalid('the model', 'an estimator or a network', model)
}

/** Runs the evaluations of an inspection: counts them, reports progress, and ends at the signal or the time limit. */
export class Evaluations {
  /** Options for the model's methods: a signal, if the run has a signal or a time limit. */
  readonly modelOptions: { signal?: AbortSignal }
  /** The number of evaluations of the whole run. */
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
    this.modelOptions = signal === undefined && timeLimit === undefined ? {} : { signal: this.#stopping.signal }
  }

  /**
   * Runs an inspection; its time starts now.
   * @throws ArgumentError for wrong options; the signal's reason; errors of the inspection.
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
   * Runs one evaluation and counts it.
   * @returns undefined when the time is over.
   * @throws the signal's reason; errors of the model or of onProgress.
   */
  async run<T>(evaluate: () => T | Promise<T>): Promise<T | undefined> {
    const value = await this.runUncounted(evaluate)
    if (value === undefined) return undefined
    this.#done++
    await this.#options.onProgress?.({ done: this.#done, total: this.total })
    return value
  }

  /** As `run`, for a call of the model that is needed before `total` is known. */
  async runUncounted<T>(evaluate: () => T | Promise<T>): Promise<T | undefined> {
    // Lets the timer of the time limit fire even if the model is synchronous.
    await setImmediate()
    if (this.isOver()) return undefined
    try {
      const value = await evaluate()
      // A method that was interrupted may return an incomplete result, or throw.
      return this.isOver() ? undefined : value
    } catch (error) {
      if (this.isOver()) return undefined
      throw error
    }
  }

  /** Whether the time is over. @throws the signal's reason. */
  isOver(): boolean {
    this.#options.signal?.throwIfAborted()
    return this.#stopping.stopped
  }
}

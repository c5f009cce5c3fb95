import { invalid } from '../check.js'

/** How far a run is: evaluations done, of all. */
export interface InspectionProgress {
  done: number
  total: number
}

/** What every inspection takes. */
export interface InspectionOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Called, and awaited, after each evaluation of the model; what it throws rejects the promise. */
  onProgress?: ((progress: InspectionProgress) => unknown) | undefined
}

/** @throws ArgumentError for what is no object. */
export function checkModel(model: unknown): object {
  if (model !== null && typeof model === 'object') return model
  throw invalid('the model', 'an estimator or a network', model)
}

/** Counts evaluations, tells of them, and ends the run when it is to end. */
export class Evaluations {
  readonly #total: number
  readonly #options: InspectionOptions
  #done = 0

  /** @throws ArgumentError for wrong options; the signal's reason when it is aborted already. */
  constructor(total: number, options: InspectionOptions) {
    const { signal, onProgress } = options
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal)
    if (onProgress !== undefined && typeof onProgress !== 'function')
      throw invalid('onProgress', 'a function', onProgress)
    signal?.throwIfAborted()
    this.#total = total
    this.#options = options
  }

  async run<T>(evaluate: () => T | Promise<T>): Promise<T> {
    const { signal, onProgress } = this.#options
    signal?.throwIfAborted()
    const value = await evaluate()
    await onProgress?.({ done: ++this.#done, total: this.#total })
    return value
  }
}

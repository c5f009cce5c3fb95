import { checkOptions, describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { History, Logs, StopReason } from '../base/history.js'
import type { Matrix } from '../base/matrix.js'
import type { LearningRate } from '../spec/rate.js'

/** How far a run is, after a slice of training. */
export interface Progress {
  /** The epoch, counted from 0, and how many there will be. */
  epoch: number
  epochs: number
  /** Steps of the epoch that are done, and how many it has: Infinity in the first epoch over batches without an end in sight. */
  step: number
  steps: number
  /** Rows per second of this epoch's training. */
  samplesPerSecond: number
  /** Seconds left of the whole run, at the speed so far; Infinity where nobody knows. */
  etaSeconds: number
  /** The mean loss of the epoch so far. */
  loss: number
  /** The means of the metrics of the epoch so far. */
  metrics: Record<string, number>
}

/** The model that is trained, as far as callbacks know it: a Sequential is one. */
export interface TrainedModel {
  /** The rate of the next step; set, it holds from the next slice on. lbfgs has none: both throw. */
  get learningRate(): number
  set learningRate(rate: LearningRate)
  /** Ends training after the epoch when set to true. */
  stopTraining: boolean
  getWeights(): Matrix[]
  setWeights(weights: readonly Matrix[]): void
  save(path: string, options?: { includeOptimizer?: boolean | undefined }): Promise<void>
}

/** A run of training, as `onTrainBegin` is given it: what a callback needs to reach the model. */
export interface TrainingRun {
  readonly model: TrainedModel
  readonly initialEpoch: number
  readonly epochs: number
  /** The keys that fit itself logs, in order: loss, metrics, and those of validation data, if there are any. */
  readonly logKeys: readonly string[]
  /** The model's rate as it was given: a number, a schedule or a function; undefined with lbfgs, which has none. */
  readonly learningRate: LearningRate | undefined
  /** What fit will resolve to. */
  readonly history: History
  /** The weights as the run would leave them now: with `ema`, their average. */
  weights(): Matrix[]
  /** Ends training after the epoch, for this reason. */
  stop(reason: StopReason): void
  /** Lets a loss that is not finite end the run with `'terminateOnNaN'` rather than with a TrainingError. */
  resolveOnNaN(): void
}

type Awaitable = unknown

/**
 * What fit calls, and awaits, between slices of training: the model is at rest meanwhile. What a callback throws ends
 * the run and rejects fit; the model stays usable. Epochs are counted from 0.
 *
 * A callback that needs the model keeps the `run` that onTrainBegin is given, and forgets there what it knows of the run
 * before: the same callback may serve one fit after the other.
 */
export interface Callback {
  onTrainBegin?(run: TrainingRun): Awaitable
  /** Also after an error or an abort. `logs` are the last whole epoch's, or empty. */
  onTrainEnd?(logs: Partial<Logs>): Awaitable
  onEpochBegin?(epoch: number): Awaitable
  onEpochEnd?(epoch: number, logs: Logs): Awaitable
  /** After each slice: about every 100 ms, and at the end of each epoch. */
  onProgress?(progress: Progress): Awaitable
}

const hooks = ['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onProgress'] as const

/** The name of one of a callback's functions. */
export type Hook = (typeof hooks)[number]

/**
 * Checks a list of callbacks: objects with some of our functions, and with whatever state they keep beside these.
 * @throws ArgumentError for what is no callback, or a misspelt function.
 */
export function checkCallbacks(value: unknown): readonly Callback[] {
  if (!Array.isArray(value)) throw invalid('callbacks', 'an array of callbacks', value)
  for (const [i, callback] of value.entries()) checkCallback(callback, `callbacks[${i}]`)
  return [...value]
}

function checkCallback(callback: unknown, name: string): void {
  if (callback === null || typeof callback !== 'object') {
    throw invalid(name, 'an object with functions such as onEpochEnd', callback)
  }
  checkOptions(Object.fromEntries(hooksOf(callback).map((key) => [key, true])), name, hooks)
  const functions = callback as Record<Hook, unknown>
  for (const hook of hooks) {
    const value = functions[hook]
    if (value !== undefined && typeof value !== 'function') throw invalid(`${hook} of ${name}`, 'a function', value)
  }
  if (!hooks.some((hook) => functions[hook])) {
    throw new ArgumentError(`Expected one of ${hooks.join(', ')} in ${name}, but ${describe(callback)} has none.`)
  }
}

/** What looks like one of our functions, also in a class; all else is the callback's own. */
function hooksOf(callback: object): string[] {
  const names = new Set<string>()
  for (let at: object | null = callback; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (/^on[A-Z]/.test(name)) names.add(name)
  }
  return [...names]
}

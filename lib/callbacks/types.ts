import { checkOptions, describe, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { History, Logs, StopReason } from '../base/history.js'
import type { Matrix } from '../base/matrix.js'
import type { LearningRate, LearningRateLike } from '../spec/rate.js'

/** The progress of a run after a slice of training. */
export interface Progress {
  /** The current epoch, counted from 0, and the number of epochs. */
  epoch: number
  epochs: number
  /**
   * Steps done in the epoch, and its number of steps: Infinity in the first epoch over batches without `stepsPerEpoch`.
   */
  step: number
  steps: number
  /** Rows trained per second in this epoch. */
  samplesPerSecond: number
  /** Remaining seconds of the whole run at the average speed so far; Infinity if unknown. */
  etaSeconds: number
  /** The mean loss of the epoch so far. */
  loss: number
  /** The means of the metrics of the epoch so far. */
  metrics: Record<string, number>
}

/** The model in training, as callbacks see it: a Sequential. */
export interface TrainedModel {
  /** The rate of the next step. A new value applies from the next slice on. With lbfgs, get and set throw. */
  get learningRate(): number
  set learningRate(rate: LearningRateLike)
  /** Setting it to true ends training after the current epoch. */
  stopTraining: boolean
  getWeights(): Matrix[]
  setWeights(weights: readonly Matrix[]): void
  save(path: string, options?: { includeOptimizer?: boolean | undefined }): Promise<void>
}

/** A run of training, the argument of `onTrainBegin`: gives a callback access to the model. */
export interface TrainingRun {
  readonly model: TrainedModel
  readonly initialEpoch: number
  readonly epochs: number
  /** The keys that fit logs, in order: loss, metrics, and the same for validation data, if any. */
  readonly logKeys: readonly string[]
  /** Whether a callback that is not this package's may add keys to the logs. */
  readonly logsMayGrow: boolean
  /** With a group the number of this process, else 0: rank 0 alone writes files. */
  readonly rank: number
  /** The rate option of the model: a number, a schedule or a function; undefined with lbfgs. */
  readonly learningRate: LearningRate | undefined
  /** The history to which fit will resolve. */
  readonly history: History
  /** The weights that the run would install if it ended now: with `ema`, the moving average. */
  weights(): Matrix[]
  /** Ends training after the current epoch, with this reason. */
  stop(reason: StopReason): void
  /** Makes a loss that is not finite end the run with `'terminateOnNaN'` instead of a TrainingError. */
  resolveOnNaN(): void
}

type Awaitable = unknown

/**
 * Functions that fit calls and awaits between slices of training, while the model can be evaluated and changed. An
 * error of a callback ends the run and rejects fit; the model stays usable. Epochs are counted from 0.
 *
 * A callback that needs the model stores the argument of onTrainBegin, and resets its state there: the same callback
 * may be used for several fits, one after the other. Those of this package have a state for each fit, so fits that run at
 * the same time may share them.
 */
export interface Callback {
  onTrainBegin?(run: TrainingRun): Awaitable
  /** Also called after an error or an abort. `logs` are those of the last whole epoch, or empty. */
  onTrainEnd?(logs: Partial<Logs>): Awaitable
  onEpochBegin?(epoch: number): Awaitable
  /** Numbers that it adds to `logs` are in the history, and in the logs that later callbacks get. */
  onEpochEnd?(epoch: number, logs: Logs): Awaitable
  /** Called after each slice: about every 100 ms, and at the end of each epoch. */
  onProgress?(progress: Progress): Awaitable
}

/** The name of a function of a callback. */
export type Hook = keyof Callback

const hooks = optionKeys<Callback>({
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onProgress: true,
})

/**
 * Checks a callback or a list of them: objects with some of these functions, and any other properties.
 * @throws ArgumentError for an object without any of them, or with a misspelt one.
 */
export function checkCallbacks(value: unknown): readonly Callback[] {
  if (!Array.isArray(value)) {
    if (value === null || typeof value !== 'object') throw invalid('callbacks', 'a callback or an array of them', value)
    checkCallback(value, 'callbacks')
    return [value as Callback]
  }
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

/** The properties, own or inherited, whose names begin like those of hooks. */
function hooksOf(callback: object): string[] {
  const names = new Set<string>()
  for (let level: object | null = callback; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) if (/^on[A-Z]/.test(name)) names.add(name)
  }
  return [...names]
}

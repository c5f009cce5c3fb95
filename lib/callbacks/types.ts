import { checkOptions, describe, invalid } from '../check.js'
import { ArgumentError } from '../errors.js'
import type { Logs } from '../history.js'

/** How far a run is, after a slice of training. */
export interface Progress {
  /** The epoch, counted from 0, and how many there will be. */
  epoch: number
  epochs: number
  /** Steps of the epoch that are done, and how many it has. */
  step: number
  steps: number
  /** Rows per second of this epoch's training. */
  samplesPerSecond: number
  /** Seconds left of the whole run, at the speed so far. */
  etaSeconds: number
  /** The mean loss of the epoch so far. */
  loss: number
  /** The means of the metrics of the epoch so far. */
  metrics: Record<string, number>
}

type Awaitable = unknown

/**
 * What fit calls, and awaits, between slices of training: the model is at rest meanwhile. What a callback throws ends
 * the run and rejects fit; the model stays usable. Epochs are counted from 0.
 */
export interface Callback {
  onTrainBegin?(): Awaitable
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

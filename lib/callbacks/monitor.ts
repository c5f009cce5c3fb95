import { checkNumber, checkOneOf, checkString, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import type { TrainingRun } from './types.js'

/** What callbacks that watch a number of the logs take. */
export interface MonitorOptions {
  /** A key of the logs; `'valLoss'` by default. */
  monitor?: string | undefined
  /**
   * Whether less or more is better. `'auto'`, the default, takes `'max'` for keys that end with "accuracy", else `'min'`.
   */
  mode?: 'auto' | 'min' | 'max' | undefined
  /** By how much a value must be better to count as better, at least 0. */
  minDelta?: number | undefined
}

export const monitorKeys = optionKeys<MonitorOptions>({ monitor: true, mode: true, minDelta: true })

/** A number of the logs, and which of two values is better. */
export class Monitor {
  readonly key: string
  /** The best value so far. */
  best: number | undefined
  readonly #most: boolean
  readonly #minDelta: number

  constructor({ monitor = 'valLoss', mode = 'auto', minDelta }: MonitorOptions, otherwiseMinDelta = 0) {
    this.key = checkString(monitor, 'monitor')
    const direction = checkOneOf(mode, 'mode', ['auto', 'min', 'max'])
    this.#most = direction === 'max' || (direction === 'auto' && /accuracy$/i.test(this.key))
    this.#minDelta = checkNumber(minDelta === undefined ? otherwiseMinDelta : minDelta, 'minDelta', { min: 0 })
  }

  /**
   * Forgets the last run.
   * @throws ArgumentError when the key needs validation data and the run has none.
   */
  begin(run: TrainingRun, best?: number): void {
    checkLogKey(this.key, run)
    this.best = best
  }

  /** @throws ArgumentError when the logs do not have the key. */
  read(logs: Logs): number {
    return readLog(logs, this.key)
  }

  /** Keeps the value as the best when it is. */
  improve(value: number): boolean {
    if (!this.isBetter(value, this.best)) return false
    this.best = value
    return true
  }

  /** NaN is never better, and anything else is better than nothing. */
  isBetter(value: number, than: number | undefined): boolean {
    if (Number.isNaN(value)) return false
    if (than === undefined) return true
    return this.#most ? value - this.#minDelta > than : value + this.#minDelta < than
  }
}

/** @throws ArgumentError for a key of validation data in a run without these. */
export function checkLogKey(key: string, { logKeys }: TrainingRun): void {
  if (!/^val[A-Z]/.test(key) || logKeys.includes(key) || logKeys.includes('valLoss')) return
  throw new ArgumentError(
    `Could not watch ${key}: there are no validation data. Give fit a validationSplit or validationData, or watch ` +
      `another key: ${logKeys.join(', ')}.`,
  )
}

/** @throws ArgumentError that names the keys that there are. */
export function readLog(logs: Logs, key: string, name = 'monitor'): number {
  const value = logs[key]
  if (typeof value === 'number') return value
  throw invalid(name, `a key of the logs (${Object.keys(logs).join(', ')})`, key)
}

import { checkNumber, checkOneOf, checkString, invalid, nearest, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import type { LogKey } from '../base/log-keys.js'
import type { TrainingRun } from './types.js'

/** Options of callbacks that monitor a value of the logs. */
export interface MonitorOptions {
  /** A key of the logs; `'valLoss'` by default. Callbacks may add keys of their own. */
  monitor?: LogKey | (string & {}) | undefined
  /**
   * Whether lower or higher is better. `'auto'`, the default, is `'max'` for keys that end with accuracy, auc, precision,
   * recall, f1 or r2, else `'min'`.
   */
  mode?: 'auto' | 'min' | 'max' | undefined
  /** A value must be better by more than this to count as an improvement; at least 0. */
  minDelta?: number | undefined
}

export const monitorKeys = optionKeys<MonitorOptions>({ monitor: true, mode: true, minDelta: true })

/** Ends of the keys of scores. */
const higherIsBetter = /(accuracy|auc|precision|recall|f1|r2)$/i

/** Reads a value of the logs and keeps the best one. */
export class Monitor {
  readonly key: string
  /** The best value so far. */
  best: number | undefined
  readonly #higherIsBetter: boolean
  readonly #minDelta: number

  constructor({ monitor = 'valLoss', mode = 'auto', minDelta }: MonitorOptions, defaultMinDelta = 0) {
    this.key = checkString(monitor, 'monitor')
    const direction = checkOneOf(mode, 'mode', ['auto', 'min', 'max'])
    this.#higherIsBetter = direction === 'max' || (direction === 'auto' && higherIsBetter.test(this.key))
    this.#minDelta = checkNumber(minDelta === undefined ? defaultMinDelta : minDelta, 'minDelta', { min: 0 })
  }

  /**
   * Resets the best value for a new run.
   * @throws ArgumentError for a key that the logs of the run will not have.
   */
  begin(run: TrainingRun, best?: number): void {
    checkLogKey(this.key, run)
    this.best = best
  }

  /** @throws ArgumentError when the logs do not have the key. */
  read(logs: Logs): number {
    return readLog(logs, this.key)
  }

  /** Whether the value is the best so far; then keeps it. */
  improve(value: number): boolean {
    if (!this.isBetter(value, this.best)) return false
    this.best = value
    return true
  }

  /** NaN is never better; any other value is better than undefined. */
  isBetter(value: number, other: number | undefined): boolean {
    if (Number.isNaN(value)) return false
    if (other === undefined) return true
    return this.#higherIsBetter ? value - this.#minDelta > other : value + this.#minDelta < other
  }
}

/** Whether a key of the logs belongs to validation data. */
export function isValidationKey(key: string): boolean {
  return /^val[A-Z]/.test(key)
}

/**
 * Checks a key before the first epoch. Keys that another callback may add are checked after it.
 * @throws ArgumentError for a key that the logs will not have; it tells where validation data are missing.
 */
export function checkLogKey(key: string, { logKeys, logsMayGrow }: TrainingRun, name = 'monitor'): void {
  if (logKeys.includes(key) || (logsMayGrow && key !== 'valLoss')) return
  if (!isValidationKey(key) || logKeys.includes('valLoss')) checkOneOf(key, name, logKeys, oneOfLogs(logKeys))
  const withData = logKeys.map((logKey) => `val${logKey[0]!.toUpperCase()}${logKey.slice(1)}`)
  const meant = withData.includes(key) ? undefined : nearest(key, withData)
  throw new ArgumentError(
    `Could not monitor ${key}: ${meant ? `did you mean ${meant}? And ` : ''}there are no validation data. Give fit a validationSplit or validationData, or ` +
      `monitor another key: ${logKeys.join(', ')}.`,
  )
}

/** @throws ArgumentError for a key that the logs do not have; it lists the keys. */
export function readLog(logs: Logs, key: string, name = 'monitor'): number {
  const value = logs[key]
  if (typeof value === 'number') return value
  const near = nearest(key, Object.keys(logs))
  throw invalid(name, oneOfLogs(Object.keys(logs)), key, near && `Did you mean ${near}?`)
}

function oneOfLogs(keys: readonly string[]): string {
  return `a key of the logs (${keys.join(', ')})`
}

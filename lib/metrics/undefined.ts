import { inRange, invalid, type Range, rangeText } from '../base/check.js'

/** The value of 0 / 0: 0, 1 or NaN, or `'warn'` for 0 with a warning. */
export type ZeroDivision = 'warn' | number

/** @throws ArgumentError for anything else. */
export function readZeroDivision(value: unknown = 'warn'): ZeroDivision {
  if (value === 'warn' || value === 0 || value === 1 || Number.isNaN(value)) return value as ZeroDivision
  throw invalid('zeroDivision', "'warn', 0, 1 or NaN", value)
}

/** The value of a metric that is not defined: NaN, or a number in a range. */
export function checkReplacement(value: unknown, name: string, range: Range): number {
  if (typeof value === 'number' && (Number.isNaN(value) || inRange(value, range))) return value
  throw invalid(name, `NaN or a number${rangeText(range)}`, value)
}

import { checkInteger, checkNumber, checkOptions, invalid, mismatch, type Range } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/**
 * A record with exactly these keys.
 * @throws ArgumentError for anything but an object, for a missing key, or for one more.
 */
export function readState(state: unknown, keys: readonly string[], name = 'state'): Record<string, unknown> {
  checkOptions(state, name, keys)
  for (const key of keys) {
    if (!Object.hasOwn(state as object, key)) throw new ArgumentError(`Expected ${key} in ${name}, but it is missing.`)
  }
  return state as Record<string, unknown>
}

/**
 * An integer of at least 0.
 * @throws ArgumentError for anything else, or outside of the range.
 */
export function restoreCount(value: unknown, name: string, range: Range = {}): number {
  return checkInteger(value, name, { min: 0, ...range })
}

/**
 * An array, each entry read by `read`.
 * @param length the number of entries; any number if undefined.
 * @throws ArgumentError for anything else.
 */
export function restoreList<R>(
  value: unknown,
  name: string,
  length: number | undefined,
  read: (value: unknown, name: string) => R,
): R[] {
  if (!Array.isArray(value)) throw invalid(name, 'an array', value)
  if (length !== undefined && value.length !== length) throw mismatch(name, `${length} entries`, `${value.length}`)
  return value.map((entry, i) => read(entry, `${name}[${i}]`))
}

/** What an array of numbers must be: its length, if one is required, and the range of its numbers. */
export interface NumbersCheck extends Range {
  length?: number | undefined
  /** Whether NaN may stand in place of a number. */
  nan?: boolean
}

/**
 * An array of finite numbers.
 * @throws ArgumentError for anything else.
 */
export function restoreNumbers(value: unknown, name: string, check: NumbersCheck = {}): Float64Array {
  const { length, nan = false, ...range } = check
  const read = (number: unknown, label: string) =>
    nan && Number.isNaN(number) ? Number.NaN : checkNumber(number, label, range)
  return Float64Array.from(restoreList(value, name, length, read))
}

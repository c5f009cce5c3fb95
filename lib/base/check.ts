import { ArgumentError, type ErrorPlace } from './errors.js'
import { nameHere } from './other-names.js'

/** Bounds of a number; `above` and `below` exclude the bound itself. */
export interface Range {
  min?: number
  max?: number
  above?: number
  below?: number
}

/** An error for a wrong argument: what was expected, for which argument, what came, what to do. */
export function invalid(name: string, expected: string, actual: unknown, hint = ''): ArgumentError {
  return mismatch(name, expected, describe(actual), hint)
}

/**
 * As `invalid`, with the actual value in words: `3 rows`. A clause at the end of `expected` (`, such as [784]`) moves behind
 * the name, in parentheses.
 */
export function mismatch(name: string, expected: string, actual: string, hint = '', place?: ErrorPlace): ArgumentError {
  const [, what, clause] = expected.match(/^(.*?)(?:, ((?:such )?as .*))?$/s)!
  return new ArgumentError(
    `Expected ${what} for ${name}${clause ? ` (${clause})` : ''}, but got ${actual}.${hint && ` ${hint}`}`,
    place,
  )
}

/** An error for one entry of the table `name`: as `invalid`, with the entry's row and column. */
export function invalidEntry(
  name: string,
  place: { row: number; column: string | number },
  expected: string,
  actual: unknown,
  hint = '',
): ArgumentError {
  return mismatch(`${placeText(place)} of ${name}`, expected, describe(actual), hint, place)
}

/** `row 3, column "age"`. */
export function placeText({ row, column }: { row: number; column: string | number }): string {
  return `row ${row}, column ${typeof column === 'string' ? describe(column) : column}`
}

/** Any value in a few words, for a message. It never calls code of the value. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return `a function${nameOf(value) && ` (${nameOf(value)})`}`
  if (typeof value === 'bigint') return `${value}n`
  if (ArrayBuffer.isView(value)) return `a ${className(value)} of ${value.byteLength} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value !== null && typeof value === 'object') return `an object (${className(value)})`
  return String(value)
}

/** Looks at the prototype, because an object from a file may hold anything under `constructor`. */
function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype ? nameOf(prototype.constructor) || 'no class' : 'no prototype'
}

/** A class may define a static `name` of any type. */
function nameOf(callable: { name?: unknown } | undefined): string {
  return typeof callable?.name === 'string' ? callable.name : ''
}

/** The keys of a table, with their type. */
export function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[]
}

/**
 * The keys of the options interface T, for checkOptions: a key that is missing, or that T does not have, does not
 * compile.
 */
export function optionKeys<T extends object>(keys: Record<keyof T, true>): readonly (keyof T & string)[] {
  return keysOf(keys)
}

/**
 * @param hint what to do about a value that is no object.
 * @throws ArgumentError for a key that is not in `keys`; it suggests the right one for a misspelt key.
 */
export function checkOptions(value: unknown, name: string, keys: readonly string[], hint?: string): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid(name, 'an object', value, hint)
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue
    const near = nearest(key, keys)
    const hint = near ? `Did you mean ${near}?` : `It takes ${keys.join(', ') || 'no options'}.`
    throw new ArgumentError(`Unknown option ${describe(key)} for ${name}. ${hint}`)
  }
}

export function checkNumber(value: unknown, name: string, range: Range = {}): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !inRange(value, range)) {
    throw invalid(name, `a finite number${rangeText(range)}`, value)
  }
  return value
}

export function checkInteger(value: unknown, name: string, range: Range = {}): number {
  if (!Number.isSafeInteger(value) || !inRange(value as number, range)) {
    throw invalid(name, `an integer${rangeText(range)}`, value)
  }
  return value as number
}

export function checkSeed(value: unknown, name = 'seed'): number {
  return checkInteger(value, name, { min: 0 })
}

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', value)
  return value
}

export function checkString(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(name, 'a non-empty string', value)
  return value
}

export function checkOneOf<T extends string>(
  value: unknown,
  name: string,
  choices: readonly T[],
  expected = `one of ${choices.join(', ')}`,
): T {
  if (choices.includes(value as T)) return value as T
  const near = typeof value === 'string' ? nearest(value, choices) : undefined
  throw invalid(name, expected, value, near && `Did you mean ${near}?`)
}

export function checkSignal(value: unknown, name = 'signal'): AbortSignal {
  if (!(value instanceof AbortSignal)) throw invalid(name, 'an AbortSignal', value)
  return value
}

/** Whether a number lies within the bounds. */
export function inRange(value: number, { min, max, above, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  )
}

/** ` of at least 0`, ` from 0 to below 1`, ... */
export function rangeText({ min, max, above, below }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${short(min)} to ${short(max)}`
  if (min !== undefined && below !== undefined) return ` from ${short(min)} to below ${short(below)}`
  const parts = [
    min !== undefined && `of at least ${short(min)}`,
    above !== undefined && `above ${short(above)}`,
    max !== undefined && `of at most ${short(max)}`,
    below !== undefined && `below ${short(below)}`,
  ].filter(Boolean)
  return parts.length ? ` ${parts.join(' and ')}` : ''
}

/** Two digits of a huge bound: the largest float32 number is shown as 3.4e38. */
function short(value: number): string {
  return Math.abs(value) < 1e21 ? `${value}` : value.toPrecision(2).replace('e+', 'e')
}

/**
 * The entry of `words` that a misspelt word, or a name from another library, stands for; undefined where none is near
 * enough: for gelu it is not relu, for onBatchEnd not onEpochEnd.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const here = nameHere(word, words)
  if (here) return here
  const lowerCase = word.toLowerCase()
  const scored = words
    // A misspelt word rarely has a wrong first letter.
    .filter((candidate) => candidate[0]?.toLowerCase() === lowerCase[0])
    .map((candidate) => ({ candidate, distance: editDistance(lowerCase, candidate.toLowerCase()) }))
  const best = scored.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(1, Math.floor(lowerCase.length / 4)) ? best.candidate : undefined
}

/** Number of letters to add, drop, replace or swap with the next one: Levenshtein's distance with swaps. */
function editDistance(a: string, b: string): number {
  let rowBefore: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? rowBefore[j - 2]! + 1 : substitution
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution, swap))
    }
    rowBefore = row
    row = next
  }
  return row[b.length]!
}

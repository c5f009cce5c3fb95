import { ArgumentError } from './errors.js'

/** Bounds of a number; `above` and `below` exclude the bound itself. */
export interface Range {
  min?: number
  max?: number
  above?: number
  below?: number
}

/** The one form of message for a wrong argument: what was expected, for which name, what came, what to do. */
export function invalid(name: string, expected: string, actual: unknown, hint = ''): ArgumentError {
  return mismatch(name, expected, describe(actual), hint)
}

/**
 * The same for something that is in words already: `3 rows`. An aside at the end of `expected` (`, such as [784]`) goes
 * behind the name.
 */
export function mismatch(name: string, expected: string, actual: string, hint = ''): ArgumentError {
  const [, what, aside] = expected.match(/^(.*?)(?:, ((?:such )?as .*))?$/s)!
  return new ArgumentError(
    `Expected ${what} for ${name}${aside ? ` (${aside})` : ''}, but got ${actual}.${hint && ` ${hint}`}`,
  )
}

/** A short, safe picture of any value for a message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return `a function${nameOf(value) && ` (${nameOf(value)})`}`
  if (typeof value === 'bigint') return `${value}n`
  if (ArrayBuffer.isView(value)) return `a ${className(value)} of ${value.byteLength} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value !== null && typeof value === 'object') return `an object (${className(value)})`
  return String(value)
}

/** From the prototype: an object out of a file may hold anything under `constructor`. */
function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype ? nameOf(prototype.constructor) || 'no class' : 'no prototype'
}

/** A class may have a static `name` of its own, of any type. */
function nameOf(named: { name?: unknown } | undefined): string {
  return typeof named?.name === 'string' ? named.name : ''
}

/** The keys of a table, with their type. */
export function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[]
}

/**
 * The keys of the options interface T, for checkOptions: a key that is missing, or that T does not have, does not compile.
 */
export function optionKeys<T extends object>(keys: Record<keyof T, true>): readonly (keyof T & string)[] {
  return keysOf(keys)
}

/** Refuses keys that are not in `known`; a misspelt one names the right one. */
export function checkOptions(value: unknown, name: string, known: readonly string[]): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid(name, 'an object', value)
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const hint = near ? `Did you mean ${near}?` : `It takes ${known.join(', ') || 'no options'}.`
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

export function checkOneOf<T extends string>(value: unknown, name: string, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T
  const near = typeof value === 'string' ? nearest(value, known) : undefined
  throw invalid(name, `one of ${known.join(', ')}`, value, near && `Did you mean ${near}?`)
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

/** The largest float32 number is 3.4e38 to people. */
function short(value: number): string {
  return Math.abs(value) < 1e21 ? `${value}` : value.toPrecision(2).replace('e+', 'e')
}

/** The known word that a misspelt one is meant to be, if any: gelu is not relu, nor is onBatchEnd onEpochEnd. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const given = word.toLowerCase()
  const scored = known
    // The first letter is hardly ever the wrong one.
    .filter((candidate) => candidate[0]?.toLowerCase() === given[0])
    .map((candidate) => ({ candidate, distance: editDistance(given, candidate.toLowerCase()) }))
  const best = scored.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(1, Math.floor(given.length / 4)) ? best.candidate : undefined
}

/** How many letters to add, drop, replace or swap with the next one: Levenshtein's distance with swaps. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? before[j - 2]! + 1 : substitution
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution, swap))
    }
    before = row
    row = next
  }
  return row[b.length]!
}

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

/** The same for something that is in words already: `3 rows`. */
export function mismatch(name: string, expected: string, actual: string, hint = ''): ArgumentError {
  return new ArgumentError(`Expected ${expected} for ${name}, but got ${actual}.${hint && ` ${hint}`}`)
}

/** A short, safe picture of any value for a message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return `a function${value.name && ` (${value.name})`}`
  if (typeof value === 'bigint') return `${value}n`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value !== null && typeof value === 'object') return `an object (${className(value) ?? 'no prototype'})`
  return String(value)
}

/** From the prototype: an object out of a file may hold anything under `constructor`. */
function className(value: object): string | undefined {
  return (Object.getPrototypeOf(value) as object | null)?.constructor?.name
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

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw invalid(name, 'a function', value)
}

export function checkSignal(value: unknown, name = 'signal'): AbortSignal {
  if (!(value instanceof AbortSignal)) throw invalid(name, 'an AbortSignal', value)
  return value
}

function inRange(value: number, { min, max, above, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  )
}

function rangeText({ min, max, above, below }: Range): string {
  const parts = [
    min !== undefined && `of at least ${min}`,
    above !== undefined && `above ${above}`,
    max !== undefined && `of at most ${max}`,
    below !== undefined && `below ${below}`,
  ].filter(Boolean)
  return parts.length ? ` ${parts.join(' and ')}` : ''
}

/** The known word closest to a misspelt one, if it is close enough to be meant. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }))
  const best = scored.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitution))
    }
    row = next
  }
  return row[b.length]!
}

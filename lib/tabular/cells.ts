/** What a cell of a row may hold. A word of blanks is a missing cell, as null, undefined and NaN are. */
export type Cell = number | bigint | string | boolean | Date | null | undefined

/** A number in decimal notation, with blanks around it. */
export const numberPattern = '^\\s*[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?\\s*$'
/** A date, or a date with a time, of ISO 8601; the date may have slashes. */
export const datePattern =
  '^\\s*\\d{4}[-/]\\d{2}[-/]\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\s?(Z|[+-]\\d{2}:?\\d{2})?)?\\s*$'

const numberWord = new RegExp(numberPattern)
const dateWord = new RegExp(datePattern)

/** The number that a word stands for; undefined for another word, and for a number beyond the range of doubles. */
export function numberOfWord(word: string): number | undefined {
  if (!numberWord.test(word)) return undefined
  const number = Number(word)
  return Number.isFinite(number) ? number : undefined
}

/** Milliseconds since 1970 of a word such as `2026-05-31` or `2026-05-31T08:15:00Z`, in UTC if it has no zone. */
export function timeOfWord(word: string): number | undefined {
  if (!dateWord.test(word)) return undefined
  const text = word.trim().replaceAll('/', '-').replace(' ', 'T').replaceAll(' ', '')
  const hasTime = text.length > 10
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10))
  const time = Date.parse(hasTime && !hasZone ? `${text}Z` : text)
  if (Number.isNaN(time)) return undefined
  // Date.parse reads 31 February as 3 March.
  const day = Date.parse(text.slice(0, 10))
  return new Date(day).toISOString().startsWith(text.slice(0, 10)) ? time : undefined
}

/** 1 or 0 for a word that means true or false. */
export function truthOfWord(word: string): number | undefined {
  const lowerCase = word.trim().toLowerCase()
  return lowerCase === 'true' ? 1 : lowerCase === 'false' ? 0 : undefined
}

export function isBlank(value: unknown): boolean {
  return (
    value === null || value === undefined || Number.isNaN(value) || (typeof value === 'string' && value.trim() === '')
  )
}

/** A number from a cell: NaN if it is missing, undefined for a value that is none. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Math.abs(value) === Infinity ? undefined : value
  if (isBlank(value)) return Number.NaN
  if (typeof value === 'string') return numberOfWord(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value)
  return undefined
}

/** True as 1 and false as 0, likewise. */
export function readTruth(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value)
  if (isBlank(value)) return Number.NaN
  if (typeof value === 'string') return truthOfWord(value) ?? readBit(numberOfWord(value))
  return typeof value === 'number' ? readBit(value) : undefined
}

function readBit(number: number | undefined): number | undefined {
  return number === 0 || number === 1 ? number : undefined
}

/** Milliseconds since 1970, likewise. Numbers are such milliseconds. */
export function readTime(value: unknown): number | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime()
  if (typeof value === 'number') return Math.abs(value) <= 8.64e15 || Number.isNaN(value) ? value : undefined
  if (isBlank(value)) return Number.NaN
  return typeof value === 'string' ? timeOfWord(value) : undefined
}

/** The word of a category: null if it is missing, undefined for a value that is none. 12 and "12" are the same. */
export function readWord(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value.trim() === '' ? null : value
  if (isBlank(value)) return null
  if (typeof value === 'number') return Math.abs(value) === Infinity ? undefined : String(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined
}

/** The words of a text: runs of letters and digits, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

import { describe, invalid } from '../base/check.js'

/** What a column may hold. */
export const kindsOfColumns = ['number', 'string', 'boolean', 'date'] as const

type Kind = (typeof kindsOfColumns)[number]

interface ReadColumn {
  kind: Kind
  values: Float64Array | (string | null)[] | (boolean | null)[] | (Date | null)[]
}

const words: Readonly<Record<Kind, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  date: 'a valid Date',
}

/**
 * Reads entries of one kind; null, undefined and NaN are missing.
 * @param kind what they must be; without it the first entry that is there decides, and where there is none they are numbers.
 * @throws ArgumentError that names the row and column of something else.
 */
export function readColumn(given: unknown, name: string, kind?: Kind): ReadColumn {
  const label = `column ${describe(name)}`
  if (given instanceof Float64Array && (kind ?? 'number') === 'number') return { kind: 'number', values: given }
  const isArray = Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView))
  if (!isArray) throw invalid(label, 'an array of entries', given)
  const entries = given as unknown as ArrayLike<unknown>
  const first = kind ? -1 : firstEntry(entries)
  const found = kind ?? (first === -1 ? 'number' : kindOf(entries[first]))
  const fail = (row: number, expected: string) =>
    invalid(`row ${row} of ${label}`, expected, entries[row], 'A column holds entries of one kind; null is missing.')
  if (!found) throw fail(first, 'a number, a string, true or false, or a valid Date')
  const check = (row: number) => {
    if (kindOf(entries[row]) === found) return
    throw fail(row, first === -1 ? words[found] : `${words[found]}, as in row ${first}`)
  }
  if (found !== 'number') {
    const values = Array.from(entries, (entry, row) => {
      if (isMissing(entry)) return null
      check(row)
      return entry
    })
    return { kind: found, values: values as (string | null)[] }
  }
  const values = new Float64Array(entries.length)
  for (let row = 0; row < values.length; row++) {
    if (!isMissing(entries[row])) check(row)
    values[row] = isMissing(entries[row]) ? Number.NaN : (entries[row] as number)
  }
  return { kind: found, values }
}

function firstEntry(entries: ArrayLike<unknown>): number {
  for (let row = 0; row < entries.length; row++) if (!isMissing(entries[row])) return row
  return -1
}

function isMissing(entry: unknown): boolean {
  return entry === null || entry === undefined || Number.isNaN(entry)
}

function kindOf(entry: unknown): Kind | undefined {
  if (entry instanceof Date) return Number.isNaN(entry.getTime()) ? undefined : 'date'
  const type = typeof entry
  return type === 'number' || type === 'string' || type === 'boolean' ? type : undefined
}

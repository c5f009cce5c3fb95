import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, keysOf, mismatch } from '../base/check.js'

/** The kind of a column's entries. */
export type ColumnKind = 'number' | 'string' | 'boolean' | 'date'

interface ReadColumn {
  kind: ColumnKind
  values: Float64Array | (string | null)[] | (boolean | null)[] | (Date | null)[]
}

/** The kinds and an entry of each in words, for messages. */
const words: Readonly<Record<ColumnKind, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  date: 'a valid Date',
}

/** All kinds of columns. */
export const kindsOfColumns = keysOf(words)

/**
 * Reads entries of one kind; null, undefined and NaN are missing.
 * @param requiredKind without it the first entry that is not missing decides; a column without entries holds numbers.
 * @throws ArgumentError that names the row and column of an entry of another kind.
 */
export function* readColumn(column: unknown, name: string, requiredKind?: ColumnKind): Work<ReadColumn> {
  const label = `column ${describe(name)}`
  if (column instanceof Float64Array && (requiredKind ?? 'number') === 'number')
    return { kind: 'number', values: column }
  const isArray = Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView))
  if (!isArray) throw invalid(label, 'an array of entries', column)
  const entries = column as unknown as ArrayLike<unknown>
  const first = requiredKind ? -1 : firstEntry(entries)
  const kind = requiredKind ?? (first === -1 ? 'number' : kindOf(entries[first]))
  const fail = (row: number, expected: string) =>
    mismatch(`row ${row} of ${label}`, expected, describe(entries[row]), kindHint, { row, column: name })
  if (!kind) throw fail(first, 'a number, a string, true or false, or a valid Date')
  const check = (row: number) => {
    if (kindOf(entries[row]) === kind) return
    throw fail(row, first === -1 ? words[kind] : `${words[kind]}, as in row ${first}`)
  }
  if (kind !== 'number') {
    const values = new Array<unknown>(entries.length)
    yield* rowBlocks(values.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) {
        const entry = entries[row]
        const missing = isMissing(entry)
        if (!missing) check(row)
        values[row] = missing ? null : entry
      }
    })
    return { kind, values: values as (string | null)[] }
  }
  const values = new Float64Array(entries.length)
  yield* rowBlocks(values.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const entry = entries[row]
      const missing = isMissing(entry)
      if (!missing && typeof entry !== 'number') check(row)
      values[row] = missing ? Number.NaN : (entry as number)
    }
  })
  return { kind, values }
}

const kindHint = 'A column holds entries of one kind; null is missing.'

/** The row of the first entry that is not missing, or -1. */
function firstEntry(entries: ArrayLike<unknown>): number {
  for (let row = 0; row < entries.length; row++) if (!isMissing(entries[row])) return row
  return -1
}

function isMissing(entry: unknown): boolean {
  return entry === null || entry === undefined || Number.isNaN(entry)
}

function kindOf(entry: unknown): ColumnKind | undefined {
  if (entry instanceof Date) return Number.isNaN(entry.getTime()) ? undefined : 'date'
  const type = typeof entry
  return type === 'number' || type === 'string' || type === 'boolean' ? type : undefined
}

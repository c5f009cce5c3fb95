import type { ColumnLike } from '../../table/table.js'
import { readWord } from '../../tabular/cells.js'
import type { ColumnDrift } from '../../tabular/drift.js'
import type { SchemaColumn } from '../../tabular/feature.js'
import type { Schema } from '../../tabular/schema.js'
import type { ReportRows } from '../read/rows.js'

/** A column of the data: as training knew it, and as it is in the rows of the report. */
export interface ColumnFinding {
  readonly name: string
  readonly kind: string
  /** Of the rows of the report. */
  readonly missing: number
  /** What it holds, in words. */
  readonly content: string
  /** Rows whose value was not in the training rows: another category, or a number out of its range. */
  readonly unseen: number | undefined
  /** The population stability index against the training rows, and whether it is large. */
  readonly psi: number | undefined
  readonly isDrifted: boolean
}

/** A range for numbers, values for words. With a schema those of the training rows. */
export function columnFinding(
  rows: ReportRows,
  name: string,
  schema: Schema | undefined,
  drift: ColumnDrift | undefined,
): ColumnFinding {
  const column = rows.column(name)
  const known = schema?.columns.find((entry) => entry.name === name)
  let missing = 0
  for (let i = 0; i < column.length; i++) if (readWord(column[i]) === null) missing++
  const { psi, isDrifted = false } = drift ?? {}
  const unseen = drift && drift.unknown + drift.below + drift.above
  const facts = { name, missing: missing / column.length, unseen, psi, isDrifted }
  if (!known) return { ...facts, ...contentOf(column) }
  return { ...facts, kind: known.kind, content: contentKnown(known) }
}

function contentKnown({ kind, min, max, values, reason, bins, hasTime }: SchemaColumn): string {
  if (reason !== undefined) return reason
  if (kind === 'date') return `${dayOf(min!, hasTime)} to ${dayOf(max!, hasTime)}`
  if (values) return listOf(values)
  if (min !== undefined && max !== undefined) return `${short(min)} to ${short(max)}`
  return bins === undefined ? '' : `words, hashed into ${bins} counts`
}

function contentOf(column: ColumnLike): { kind: string; content: string } {
  if (column instanceof Float64Array) {
    let [low, high, sum, count] = [Infinity, -Infinity, 0, 0]
    for (const value of column) {
      if (Number.isNaN(value)) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
      sum += value
      count++
    }
    return { kind: 'number', content: count === 0 ? '' : `${short(low)} to ${short(high)}, mean ${short(sum / count)}` }
  }
  const counts = new Map<string, number>()
  let kind = 'string'
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    if (value === null || value === undefined) continue
    kind = value instanceof Date ? 'date' : typeof value
    const word = readWord(value)
    if (typeof word === 'string') counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word)
  return { kind, content: listOf(words) }
}

function listOf(words: readonly string[]): string {
  const some = words.slice(0, 6).map((word) => (word.length > 30 ? `${word.slice(0, 27)}...` : word))
  return `${some.join(', ')}${words.length > 6 ? `, and ${words.length - 6} more` : ''}`
}

const short = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 6 })

function dayOf(time: number, hasTime: boolean | undefined): string {
  const text = new Date(time).toISOString()
  return hasTime ? text.slice(0, 16).replace('T', ' ') : text.slice(0, 10)
}

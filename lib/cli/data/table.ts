import { describe, nearest } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { readCsv } from '../../datasets/csv.js'
import { readNdjson } from '../../datasets/ndjson.js'
import { readParquet } from '../../datasets/parquet.js'
import type { Table } from '../../table/table.js'
import { wrong } from '../terminal/failure.js'
import { type DataOptions, type DataSource, openData } from './source.js'

/**
 * All rows of a file, or of standard input for `-`.
 * @throws FormatError for an empty file or one that holds no rows; what the reader throws.
 */
export async function readTable(path: string, options: DataOptions, signal: AbortSignal): Promise<Table> {
  const source = await openData(path, options)
  const table = await tableOf(source, signal)
  if (table.rows === 0) throw new FormatError(`${source.bytes.name} has no rows, only the names of columns.`)
  return table
}

function tableOf({ path, format, delimiter, encoding, bytes }: DataSource, signal: AbortSignal): Promise<Table> {
  // A path is named in messages.
  const from = path ?? bytes.open(signal)
  if (format === 'parquet') return readParquet(path!, { signal })
  if (format === 'ndjson') return readNdjson(from, { signal })
  return readCsv(from, { delimiter, encoding, signal })
}

/** @throws ArgumentError that suggests the right name where a column is missing. */
export function checkColumn(name: string, names: readonly string[], file: string): void {
  if (names.includes(name)) return
  const word = name.toLowerCase()
  const near = nearest(name, names) ?? names.find((other) => other.toLowerCase().startsWith(word))
  const list = `${names.slice(0, 12).map(describe).join(', ')}${names.length > 12 ? `, and ${names.length - 12} more` : ''}`
  const advice = near ? `Did you mean ${describe(near)}?` : 'Are the names in the first line, and is --delimiter right?'
  throw wrong(`${file} has no column ${describe(name)}. ${advice} It has: ${list}.`)
}

import { buffer } from 'node:stream/consumers'
import { describe, nearest } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { namesOf, readCsv } from '../../datasets/csv.js'
import { readRecords } from '../../datasets/csv-records.js'
import { readNdjson } from '../../datasets/ndjson.js'
import { readParquet } from '../../datasets/parquet.js'
import { readSource } from '../../datasets/text-source.js'
import type { Table } from '../../table/table.js'
import { wrong } from '../terminal/failure.js'
import { type DataOptions, type DataSource, openData } from './source.js'
import { maxRecordLength } from './stream.js'

/**
 * All rows of a file, or of standard input for `-`.
 * @param words columns of a CSV file that hold words, though their cells may look like numbers; others may be among them.
 * @throws FormatError for an empty file or one that holds no rows; what the reader throws.
 */
export async function readTable(
  path: string,
  options: DataOptions,
  signal: AbortSignal,
  words: ReadonlySet<string> = new Set(),
): Promise<Table> {
  const source = await openData(path, options)
  const table = await tableOf(source, signal, words)
  if (table.rows === 0) throw new FormatError(`${source.bytes.name} has no rows, only the names of columns.`)
  return table
}

async function tableOf(
  { path, format, delimiter, encoding, bytes }: DataSource,
  signal: AbortSignal,
  words: ReadonlySet<string>,
): Promise<Table> {
  if (format === 'parquet') return readParquet(path!, { signal })
  // A path is named in messages.
  if (format === 'ndjson') return readNdjson(path ?? bytes.open(signal), { signal })
  const options = { delimiter, encoding, signal }
  if (words.size === 0) return readCsv(path ?? bytes.open(signal), options)
  // Standard input can be read once, but its names come before the kinds of its columns.
  const from = path ?? (await buffer(bytes.open(signal)))
  const dialect = { ...options, quote: '"', maxRecordLength }
  const names: string[] = []
  for await (const [record] of readRecords(readSource(from), dialect)) {
    if (!record) continue
    names.push(...namesOf(bytes.name, record.fields, true))
    break
  }
  const kinds = names.filter((name) => words.has(name)).map((name) => [name, 'string'] as const)
  return readCsv(from, { ...options, kinds: Object.fromEntries(kinds) })
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

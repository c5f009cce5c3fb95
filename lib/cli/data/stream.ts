import { runNow } from '../../base/breathing.js'
import { FormatError } from '../../base/errors.js'
import { namesOf } from '../../datasets/csv.js'
import { csvCells, missingWords } from '../../datasets/csv-cells.js'
import { checkWidth, readRecords } from '../../datasets/csv-records.js'
import { readNdjsonRows } from '../../datasets/ndjson.js'
import { parquetBatches } from '../../datasets/parquet.js'
import type { ColumnKind } from '../../table/table.js'
import type { DataSource } from './source.js'

/** A row by column: as a model takes it, and as it stood in the file. */
export interface StreamRow {
  readonly cells: Readonly<Record<string, unknown>>
  readonly original: Readonly<Record<string, unknown>>
}

/** Some rows of a file, with the names of its columns. */
export interface RowBatch {
  readonly names: readonly string[]
  readonly rows: readonly StreamRow[]
}

/** Names of columns that hold words. */
export type Words = ReadonlySet<string> | 'all'

export const batchRows = 2048
export const maxRecordLength = 1 << 24

/**
 * The rows of a file, some at a time: memory does not grow with it.
 * @param words the columns of a CSV file that hold words, or all, for a model that takes words for numbers; the first rows decide
 * what the other ones hold.
 */
export function streamRows(source: DataSource, words: Words, signal: AbortSignal): AsyncGenerator<RowBatch> {
  if (source.format === 'parquet') return parquetRows(source, signal)
  return source.format === 'ndjson' ? ndjsonRows(source, signal) : csvRows(source, words, signal)
}

async function* csvRows(source: DataSource, words: Words, signal: AbortSignal): AsyncGenerator<RowBatch> {
  const { delimiter, encoding, bytes } = source
  const dialect = { delimiter, quote: '"', encoding, signal, maxRecordLength }
  let names: readonly string[] | undefined
  let kinds: readonly ColumnKind[] | undefined
  let waiting: (readonly string[])[] = []
  const take = (): RowBatch => {
    kinds ??= names!.map((name, j) =>
      words === 'all' || words.has(name)
        ? 'string'
        : (runNow(cellReader.infer([waiting.map((row) => row[j])])) ?? 'number'),
    )
    const rows = waiting.map((fields): StreamRow => {
      // A cell of another kind than the first ones stays a word: the model says what is wrong with it.
      const cells = names!.map((name, j) => [name, cellReader.read(fields[j], kinds![j]!, true) ?? wordOf(fields[j]!)])
      return {
        cells: Object.fromEntries(cells),
        original: Object.fromEntries(names!.map((name, j) => [name, fields[j]])),
      }
    })
    waiting = []
    return { names: names!, rows }
  }
  for await (const records of readRecords(bytes, dialect)) {
    for (const record of records) {
      if (names === undefined) {
        names = namesOf(bytes.name, record.fields, true)
        continue
      }
      checkWidth(bytes.name, record, names)
      waiting.push(record.fields)
      if (waiting.length === batchRows) yield take()
    }
  }
  if (names === undefined) throw new FormatError(`${bytes.name} is empty: expected rows.`)
  yield take()
}

const absent = new Set(missingWords)
const cellReader = csvCells(missingWords)

/** A cell of CSV as JSON has it: a number, true or false, null, or a word. */
export function plainCell(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell
  const number = cellReader.read(cell, 'number', true)
  return number === null || Number.isFinite(number) ? number : (cellReader.read(cell, 'boolean', true) ?? cell)
}

function wordOf(text: string): string | null {
  return absent.has(text) ? null : text
}

async function* ndjsonRows({ bytes }: DataSource, signal: AbortSignal): AsyncGenerator<RowBatch> {
  let rows: StreamRow[] = []
  const take = () => {
    const names = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))]
    const batch = { names, rows }
    rows = []
    return batch
  }
  for await (const { row } of readNdjsonRows(bytes, { signal, maxRecordLength })) {
    rows.push({ cells: row, original: row })
    if (rows.length === batchRows) yield take()
  }
  if (rows.length > 0) yield take()
}

async function* parquetRows({ path }: DataSource, signal: AbortSignal): AsyncGenerator<RowBatch> {
  for await (const table of parquetBatches(path!, { batchSize: batchRows, signal })) {
    const rows = Array.from(table, (row) => ({ cells: row, original: row }))
    yield { names: table.names, rows }
  }
}

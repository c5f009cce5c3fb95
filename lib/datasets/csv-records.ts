import type { CsvError } from 'csv-parse'
import { describe } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { readText } from './read-text.js'

/** One row of a CSV file. */
export interface CsvRecord {
  fields: readonly string[]
  /** The line, counted from 1, in which it ends. */
  line: number
}

export interface CsvDialect {
  delimiter: string
  quote: string
  encoding: string
  signal: AbortSignal | undefined
}

/** A quote that is not closed must not take the rest of a large file into memory. */
const maxRecordBytes = 1 << 24

/**
 * The records of a file, as many at a time as a block of it holds; empty lines are left out.
 * @throws FormatError with the line and column of a broken one.
 */
export async function* readRecords(path: string, dialect: CsvDialect): AsyncGenerator<CsvRecord[]> {
  const { delimiter, quote, encoding, signal } = dialect
  let records: CsvRecord[] = []
  let lastLine = 0
  // Not before it is needed: whoever reads no such file does not wait for it.
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter,
    quote,
    escape: quote,
    skip_empty_lines: true,
    // Counted where the names of the columns are known.
    relax_column_count: true,
    max_record_size: maxRecordBytes,
    on_record: (fields: string[], { lines }) => {
      records.push({ fields, line: lines })
      lastLine = lines
      return null
    },
  })
  // Nothing comes out at its other end, but its end must be read for it to finish.
  parser.resume()
  // What `settle` is told is what counts.
  parser.on('error', () => {})
  const settle = (run: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      run((error) => (error ? reject(broken(path, error as CsvError, lastLine)) : resolve()))
    })
  try {
    for await (const text of readText(path, encoding, signal)) {
      if (text === '') continue
      await settle((done) => parser.write(text, done))
      if (records.length > 0) yield records
      records = []
    }
    await settle((done) => parser.end(done))
    if (records.length > 0) yield records
  } finally {
    parser.destroy()
  }
}

function broken(path: string, error: CsvError, lastLine: number): unknown {
  const known: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that closes the field, but the file ends',
    CSV_MAX_RECORD_SIZE: `records of at most ${maxRecordBytes} bytes, but found a longer one: is a quote not closed?`,
    CSV_INVALID_CLOSING_QUOTE: 'a delimiter behind the quote that closes the field, but found something else',
    INVALID_OPENING_QUOTE: 'quotes around the whole field, but found one within',
  }
  const expected = known[error.code]
  if (expected === undefined) return error
  const column = (error as { column?: unknown }).column
  const field = typeof column === 'number' ? `, field ${column + 1}` : ''
  return new FormatError(
    `${path}: expected ${expected} (record from line ${lastLine + 1} on${field}). A quote within quotes is doubled.`,
    { cause: error },
  )
}

/** @throws FormatError for a record that has not as many fields as there are names. */
export function checkWidth(path: string, { fields, line }: CsvRecord, names: readonly string[]): void {
  if (fields.length === names.length) return
  const column =
    fields.length < names.length ? `; the first without one is column ${describe(names[fields.length])}` : ''
  throw new FormatError(
    `${path}: expected ${names.length} fields in line ${line}, one for each column, but found ${fields.length}${column}.`,
  )
}

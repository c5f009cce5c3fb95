import type { CsvError } from 'csv-parse'
import { Breather } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { readText } from './read-text.js'
import type { NamedSource } from './text-source.js'

/** A row of a CSV file. */
interface CsvRecord {
  fields: readonly string[]
  /** The line in which it ends, from 1. */
  line: number
}

export interface CsvDialect {
  delimiter: string
  quote: string
  encoding: string
  signal: AbortSignal | undefined
  maxRecordLength: number
}

/**
 * The records of a file, in arrays of those in a block of the file, without empty lines.
 * @throws FormatError with the line and column of a malformed record.
 */
export async function* readRecords(source: NamedSource, dialect: CsvDialect): AsyncGenerator<CsvRecord[]> {
  const { delimiter, quote, encoding, signal, maxRecordLength } = dialect
  let records: CsvRecord[] = []
  let lastLine = 0
  // Imported here so that programs that read no CSV files do not load it.
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter,
    quote,
    escape: quote,
    skip_empty_lines: true,
    // checkWidth counts fields, when the names of the columns are known.
    relax_column_count: true,
    max_record_size: maxRecordLength,
    on_record: (fields: string[], { lines }) => {
      records.push({ fields, line: lines })
      lastLine = lines
      return null
    },
  })
  // on_record takes all records, but the output must be consumed for the parser to finish.
  parser.resume()
  // The callbacks of `settle` get the errors.
  parser.on('error', () => {})
  const settle = (run: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      run((error) => (error ? reject(malformed(source.name, error as CsvError, lastLine, maxRecordLength)) : resolve()))
    })
  try {
    const breather = new Breather()
    for await (const text of readText(source, encoding, signal)) {
      if (text === '') continue
      // Bytes in memory are read without a turn of the event loop.
      if (breather.isDue) await breather.turn()
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

function malformed(path: string, error: CsvError, lastLine: number, maxRecordLength: number): unknown {
  const expectations: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that closes the field, but the file ends',
    CSV_MAX_RECORD_SIZE: `records of at most ${maxRecordLength} characters (maxRecordLength), but found a longer one: is a quote not closed?`,
    CSV_INVALID_CLOSING_QUOTE: 'a delimiter after the closing quote of the field, but found other text',
    INVALID_OPENING_QUOTE: 'quotes around the whole field, but found one inside',
  }
  const expected = expectations[error.code]
  if (expected === undefined) return error
  const column = (error as { column?: unknown }).column
  const field = typeof column === 'number' ? `, field ${column + 1}` : ''
  return new FormatError(
    `${path}: expected ${expected} (record from line ${lastLine + 1} on${field}). Double the quotes inside of quoted fields.`,
    { cause: error },
  )
}

/** @throws FormatError for a wrong number of fields. */
export function checkWidth(path: string, { fields, line }: CsvRecord, names: readonly string[]): void {
  if (fields.length === names.length) return
  const column =
    fields.length < names.length ? `; the first missing one is column ${describe(names[fields.length])}` : ''
  throw new FormatError(
    `${path}: expected ${names.length} fields in line ${line}, one for each column, but found ${fields.length}${column}.`,
  )
}

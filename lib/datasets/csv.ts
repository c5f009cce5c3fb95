import { runBreathing } from '../base/breathing.js'
import { checkBoolean, describe, invalid, optionKeys } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import type { Table } from '../table/table.js'
import { CellBatch, chooseColumns } from './cell-batch.js'
import { csvCells, missingWords } from './csv-cells.js'
import { type CsvDialect, checkWidth, readRecords } from './csv-records.js'
import {
  type BatchOptions,
  batchKeys,
  checkBatchSize,
  checkNames,
  checkTableFile,
  type RecordOptions,
  readMaxRecordLength,
  recordKeys,
  type TableFileOptions,
  tableFileKeys,
} from './file-options.js'
import { makeDecoder } from './read-text.js'
import type { NamedSource, TextSource } from './text-source.js'

/** Options of `datasets.readCsv`. */
export interface CsvOptions extends TableFileOptions, RecordOptions {
  /** The character between fields; `,` by default: then a first line that is one name with `;`, `|` or a tab in it is an error. */
  delimiter?: string | undefined
  /** The quote character, doubled inside of quoted fields; `"` by default. */
  quote?: string | undefined
  /**
   * Whether the first line has the names of the columns (the default), or the names for a file without such a line. With false
   * the names are 0, 1, ...
   */
  header?: boolean | readonly string[] | undefined
  /** The words for missing cells; those of pandas by default: the empty string, NA, NaN, null, ... */
  missing?: readonly string[] | undefined
  /** A label of the Encoding Standard; `utf-8` by default. */
  encoding?: string | undefined
}

/** Options of `datasets.csvBatches`. */
export interface CsvBatchOptions extends CsvOptions, BatchOptions {}

const csvKeys = [
  ...tableFileKeys,
  ...recordKeys,
  ...optionKeys<Omit<CsvOptions, keyof TableFileOptions | keyof RecordOptions>>({
    delimiter: true,
    quote: true,
    header: true,
    missing: true,
    encoding: true,
  }),
]

/**
 * Reads comma-separated values from a file, a URL, bytes or a stream; gzip data are unpacked. A column holds numbers, or booleans, if all its cells are numbers, or booleans, or
 * missing; else strings, as written: a column with codes such as 01234, or with integers above 2^53, which a number would change, too. The option `kinds` sets the kinds of columns; dates are read only with it.
 * @throws ArgumentError for wrong options or a file that cannot be read.
 * @throws FormatError with file, line and column: for an unclosed quote, a wrong number of fields, bytes of another encoding, or a
 * cell of another kind than `kinds` sets.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('people.csv', 'name,age,member\n"Lovelace, Ada",36,true\nTuring,NA,false\n')
 * const table = await datasets.readCsv('people.csv')
 * table.column('age') // Float64Array [36, NaN]
 */
export async function readCsv(path: TextSource, options: CsvOptions = {}): Promise<Table> {
  const { source, read } = prepare(path, options, 'datasets.readCsv()', csvKeys)
  for await (const table of read(Infinity)) return table
  throw empty(source.name)
}

/**
 * Like `readCsv`, in tables of `batchSize` rows: memory does not grow with the file. The first table sets the kinds of columns that
 * `kinds` does not name; a later cell of another kind is an error.
 * @throws as readCsv does.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('sums.csv', ['a,b,sum', ...Array.from({ length: 100 }, (_, i) => `${i},1,${i + 1}`)].join('\n'))
 * for await (const table of datasets.csvBatches('sums.csv', { batchSize: 64 })) {
 *   console.log(table.rows) // 64, then 36
 * }
 */
export function csvBatches(path: TextSource, options: CsvBatchOptions = {}): AsyncGenerator<Table, void, void> {
  const { read } = prepare(path, options, 'datasets.csvBatches()', [...csvKeys, ...batchKeys])
  return read(checkBatchSize(options))
}

function prepare(path: TextSource, options: CsvOptions, call: string, keys: readonly string[]) {
  const source = checkTableFile(path, options, call, keys)
  const { delimiter = ',', quote = '"', header = true, missing = missingWords, encoding = 'utf-8', signal } = options
  checkCharacter(delimiter, 'delimiter')
  checkCharacter(quote, 'quote')
  if (delimiter === quote) {
    throw new ArgumentError(`Expected two characters for delimiter and quote, but both are ${describe(quote)}.`)
  }
  if (!Array.isArray(header)) checkBoolean(header, 'header')
  else checkNames(header, 'header')
  if (!Array.isArray(missing) || missing.some((word) => typeof word !== 'string')) {
    throw invalid('missing', 'an array of strings', missing)
  }
  makeDecoder(encoding)
  const dialect: CsvDialect = { delimiter, quote, encoding, signal, maxRecordLength: readMaxRecordLength(options) }
  const read = (batchSize: number) => readTables(source, dialect, { ...options, header, missing }, batchSize)
  return { source, read }
}

/** Options with their defaults. */
type CsvSettings = CsvOptions & { header: boolean | readonly string[]; missing: readonly string[] }

async function* readTables(
  source: NamedSource,
  dialect: CsvDialect,
  options: CsvSettings,
  batchSize: number,
): AsyncGenerator<Table, void, void> {
  const path = source.name
  let names: readonly string[] | undefined
  let places: readonly number[] = []
  let batch: CellBatch | undefined
  for await (const records of readRecords(source, dialect)) {
    for (const record of records) {
      if (names === undefined || batch === undefined) {
        names = namesOf(path, record.fields, options.header)
        if (options.delimiter === undefined && options.header === true) checkDivided(path, names)
        const selection = chooseColumns(names, options.columns)
        places = selection.places
        batch = new CellBatch(path, selection.names, options.kinds, csvCells(options.missing))
        if (options.header === true) continue
      }
      checkWidth(path, record, names)
      batch.add(
        record.line,
        places.map((place) => record.fields[place]),
      )
      if (batch.rows < batchSize) continue
      yield await runBreathing(batch.takeTable(), dialect.signal)
    }
  }
  if (batch === undefined) throw empty(path)
  // A file with a header only is a table without rows for readCsv, but no batch.
  if (batch.rows > 0 || batchSize === Infinity) yield await runBreathing(batch.takeTable(), dialect.signal)
}

/** @throws FormatError for two columns of one name. */
export function namesOf(
  path: string,
  first: readonly string[],
  header: boolean | readonly string[],
): readonly string[] {
  if (header === false) return first.map((_, j) => `${j}`)
  if (header !== true) return header as readonly string[]
  const twice = first.find((name, j) => first.indexOf(name) !== j)
  if (twice === undefined) return first
  throw new FormatError(
    `${path}: expected different names of columns in the first line, but ${describe(twice)} comes twice.`,
  )
}

/** @throws FormatError for one column whose name seems to hold several, divided by another character than the default. */
function checkDivided(path: string, names: readonly string[]): void {
  const [only] = names
  const other = names.length === 1 ? [';', '\t', '|'].find((character) => only!.includes(character)) : undefined
  if (other === undefined) return
  throw new FormatError(
    `${path}: expected names of columns with commas between them, but the first line is ${describe(only)}. ` +
      `Give delimiter: ${describe(other)}, or, if this is the name of one column, delimiter: ','.`,
  )
}

function empty(path: string): FormatError {
  return new FormatError(`${path}: expected a line with the names of columns, but the file is empty.`)
}

function checkCharacter(value: unknown, name: string): void {
  if (typeof value === 'string' && value.length === 1 && value !== '\n' && value !== '\r') return
  throw invalid(name, 'one character other than a line break', value)
}

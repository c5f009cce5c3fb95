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
  type TableFileOptions,
  tableFileKeys,
} from './file-options.js'
import { makeDecoder } from './read-text.js'

/** What `datasets.readCsv` takes. */
export interface CsvOptions extends TableFileOptions {
  /** What parts the fields, one character; `,` by default. */
  delimiter?: string | undefined
  /** What fields may be put in, doubled within; `"` by default. */
  quote?: string | undefined
  /**
   * Whether the first line has the names of the columns (the default), or what they are called in a file without such a
   * line. With false they are called 0, 1, ...
   */
  header?: boolean | readonly string[] | undefined
  /** What is taken as missing; pandas's words by default: the empty string, NA, NaN, null, ... */
  missing?: readonly string[] | undefined
  /** As the Encoding Standard calls it; `utf-8` by default. */
  encoding?: string | undefined
}

/** What `datasets.csvBatches` takes. */
export interface CsvBatchOptions extends CsvOptions, BatchOptions {}

type OwnOptions = Omit<CsvOptions, keyof TableFileOptions>
const ownKeys = optionKeys<OwnOptions>({ delimiter: true, quote: true, header: true, missing: true, encoding: true })
const csvKeys = [...tableFileKeys, ...ownKeys]

/**
 * Reads a file of comma-separated values. A column is of numbers, or of booleans, when all its cells are (or are missing);
 * else of strings, as they were written. `kinds` says otherwise: dates, for one, are only read where it asks for them.
 * @throws ArgumentError for wrong options or a file that cannot be read.
 * @throws FormatError that names file, line and column: a quote that is not closed, another number of fields than the first
 * line has, bytes not of the encoding, a cell that is not of the kind that was asked for.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('people.csv', 'name,age,member\n"Lovelace, Ada",36,true\nTuring,NA,false\n')
 * const table = await datasets.readCsv('people.csv')
 * table.column('age') // Float64Array [36, NaN]
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<Table> {
  const read = prepare(path, options, 'datasets.readCsv()', csvKeys)
  for await (const table of read(Infinity)) return table
  throw empty(path)
}

/**
 * The same, a table of `batchSize` rows at a time: memory does not grow with the file. The first table tells the kinds of all
 * columns that `kinds` does not name; a later cell of another kind is an error.
 * @throws as readCsv does.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('sums.csv', ['a,b,sum', ...Array.from({ length: 100 }, (_, i) => `${i},1,${i + 1}`)].join('\n'))
 * for await (const table of datasets.csvBatches('sums.csv', { batchSize: 64 })) {
 *   console.log(table.rows) // 64, then 36
 * }
 */
export function csvBatches(path: string, options: CsvBatchOptions = {}): AsyncGenerator<Table, void, void> {
  const read = prepare(path, options, 'datasets.csvBatches()', [...csvKeys, ...batchKeys])
  return read(checkBatchSize(options))
}

function prepare(path: string, options: CsvOptions, what: string, keys: readonly string[]) {
  checkTableFile(path, options, what, keys)
  const { delimiter = ',', quote = '"', header = true, missing = missingWords, encoding = 'utf-8', signal } = options
  checkCharacter(delimiter, 'delimiter')
  checkCharacter(quote, 'quote')
  if (delimiter === quote)
    throw new ArgumentError(`Expected two characters for delimiter and quote, but both are ${describe(quote)}.`)
  if (!Array.isArray(header)) checkBoolean(header, 'header')
  else checkNames(header, 'header')
  if (!Array.isArray(missing) || missing.some((word) => typeof word !== 'string')) {
    throw invalid('missing', 'an array of strings', missing)
  }
  makeDecoder(encoding)
  const dialect: CsvDialect = { delimiter, quote, encoding, signal }
  return (batchSize: number) => readTables(path, dialect, { ...options, header, missing }, batchSize)
}

type Settled = CsvOptions & { header: boolean | readonly string[]; missing: readonly string[] }

async function* readTables(
  path: string,
  dialect: CsvDialect,
  options: Settled,
  batchSize: number,
): AsyncGenerator<Table, void, void> {
  let all: readonly string[] | undefined
  let places: readonly number[] = []
  let batch: CellBatch | undefined
  for await (const records of readRecords(path, dialect)) {
    for (const record of records) {
      if (all === undefined || batch === undefined) {
        all = namesOf(path, record.fields, options.header)
        const chosen = chooseColumns(all, options.columns)
        places = chosen.places
        batch = new CellBatch(path, chosen.names, options.kinds, csvCells(options.missing))
        if (options.header === true) continue
      }
      checkWidth(path, record, all)
      batch.add(
        record.line,
        places.map((place) => record.fields[place]),
      )
      if (batch.rows < batchSize) continue
      yield batch.takeTable()
    }
  }
  if (batch === undefined) throw empty(path)
  // A file of names alone is a table without rows, and no batch.
  if (batch.rows > 0 || batchSize === Infinity) yield batch.takeTable()
}

function namesOf(path: string, first: readonly string[], header: boolean | readonly string[]): readonly string[] {
  if (header === false) return first.map((_, j) => `${j}`)
  if (header !== true) return header as readonly string[]
  const twice = first.find((name, j) => first.indexOf(name) !== j)
  if (twice === undefined) return first
  throw new FormatError(
    `${path}: expected each column's name once in the first line, but ${describe(twice)} comes twice.`,
  )
}

function empty(path: string): FormatError {
  return new FormatError(`${path}: expected a line with the names of columns, but the file is empty.`)
}

function checkCharacter(value: unknown, name: string): void {
  if (typeof value === 'string' && value.length === 1 && value !== '\n' && value !== '\r') return
  throw invalid(name, 'one character that is no end of a line', value)
}

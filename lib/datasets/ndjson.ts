import { Breather, rowBlocks, runBreathing, type Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import type { ColumnKind, Table } from '../table/table.js'
import { CellBatch, type CellReader, chooseColumns } from './cell-batch.js'
import { readDate } from './csv-cells.js'
import {
  type BatchOptions,
  batchKeys,
  checkBatchSize,
  checkTableFile,
  type RecordOptions,
  readMaxRecordLength,
  recordKeys,
  type TableFileOptions,
  tableFileKeys,
} from './file-options.js'
import { readText } from './read-text.js'
import type { NamedSource, TextSource } from './text-source.js'

/** Options of `datasets.readNdjson`. */
export interface NdjsonOptions extends TableFileOptions, RecordOptions {}

/** Options of `datasets.ndjsonBatches`. */
export interface NdjsonBatchOptions extends NdjsonOptions, BatchOptions {}

const ndjsonKeys = [...tableFileKeys, ...recordKeys]

type JsonRow = Readonly<Record<string, unknown>>

/** Cells of JSON: the first present one sets the kind of the column. */
const cells: CellReader = {
  *infer(blocks) {
    for (const block of blocks) {
      for (const cell of block) {
        if (cell === null || cell === undefined) continue
        const type = typeof cell
        return type === 'string' || type === 'boolean' ? type : undefined
      }
      yield
    }
    return undefined
  },
  read(cell, kind: ColumnKind) {
    if (cell === null || cell === undefined) return null
    if (kind === 'date') return typeof cell === 'string' ? readDate(cell) : undefined
    const type: string = typeof cell
    return type === kind ? (cell as number | string | boolean) : undefined
  },
}

/**
 * Reads a JSON object from each line, in UTF-8, of a file, a URL, bytes or a stream; gzip data are unpacked. The columns are the keys of all objects, in the order of their first
 * lines; missing keys and null are missing cells. Dates, strings in ISO 8601, are read only with the option `kinds`.
 * @throws ArgumentError for wrong options or a file that cannot be read.
 * @throws FormatError with file, line and column: for invalid JSON, a line without an object, or a cell of another kind than before.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('people.ndjson', '{"name":"Ada","age":36}\n{"name":"Alan"}\n')
 * const table = await datasets.readNdjson('people.ndjson')
 * table.column('age') // Float64Array [36, NaN]
 */
export async function readNdjson(path: TextSource, options: NdjsonOptions = {}): Promise<Table> {
  const source = checkTableFile(path, options, 'datasets.readNdjson()', ndjsonKeys)
  const rows: JsonRow[] = []
  const lines: number[] = []
  const names = new Set<string>()
  for await (const { row, line } of readNdjsonRows(source, readLimits(options))) {
    rows.push(row)
    lines.push(line)
    for (const name of Object.keys(row)) names.add(name)
  }
  const selection = chooseColumns([...names], options.columns)
  const batch = new CellBatch(source.name, selection.names, options.kinds, cells)
  return runBreathing(tableOf(batch, rows, lines, selection.names), options.signal)
}

function* tableOf(
  batch: CellBatch,
  rows: readonly JsonRow[],
  lines: readonly number[],
  names: readonly string[],
): Work<Table> {
  yield* rowBlocks(rows.length, names.length * 8, (begin, end) => {
    for (let i = begin; i < end; i++) batch.add(lines[i]!, pick(rows[i]!, names))
  })
  return yield* batch.takeTable()
}

function readLimits(options: NdjsonOptions) {
  return { signal: options.signal, maxRecordLength: readMaxRecordLength(options) }
}

/**
 * Like `readNdjson`, in tables of `batchSize` rows: memory does not grow with the file. The first table sets the names and kinds of
 * columns that `columns` and `kinds` do not name; later keys and cells must fit.
 * @throws as readNdjson does.
 * @example
 * const { writeFileSync } = await import('node:fs')
 * writeFileSync('events.ndjson', '{"a":1}\n{"a":2}\n{"a":3}\n')
 * for await (const table of datasets.ndjsonBatches('events.ndjson', { batchSize: 2 })) console.log(table.rows) // 2, 1
 */
export function ndjsonBatches(path: TextSource, options: NdjsonBatchOptions = {}): AsyncGenerator<Table, void, void> {
  const source = checkTableFile(path, options, 'datasets.ndjsonBatches()', [...ndjsonKeys, ...batchKeys])
  readMaxRecordLength(options)
  return readTables(source, options, checkBatchSize(options))
}

async function* readTables(
  source: NamedSource,
  options: NdjsonOptions,
  batchSize: number,
): AsyncGenerator<Table, void, void> {
  const path = source.name
  let names = options.columns
  let batch: CellBatch | undefined
  let first: { row: JsonRow; line: number }[] = []
  const begin = () => {
    names ??= [...new Set(first.flatMap(({ row }) => Object.keys(row)))]
    chooseColumns(names, options.columns)
    batch = new CellBatch(path, names, options.kinds, cells)
    for (const { row, line } of first) batch.add(line, pick(row, names))
    first = []
    return batch
  }
  for await (const { row, line } of readNdjsonRows(source, readLimits(options))) {
    if (batch === undefined) {
      first.push({ row, line })
      if (first.length === batchSize) yield await runBreathing(begin().takeTable(), options.signal)
      continue
    }
    if (options.columns === undefined) checkKnown(path, row, line, names!)
    batch.add(line, pick(row, names!))
    if (batch.rows === batchSize) yield await runBreathing(batch.takeTable(), options.signal)
  }
  if (first.length > 0) begin()
  if (batch && batch.rows > 0) yield await runBreathing(batch.takeTable(), options.signal)
}

function pick(row: JsonRow, names: readonly string[]): unknown[] {
  return names.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined))
}

function checkKnown(path: string, row: JsonRow, line: number, names: readonly string[]): void {
  for (const name of Object.keys(row)) {
    if (names.includes(name)) continue
    throw new FormatError(
      `${path}: expected the columns of the first batch in line ${line}, but found ${describe(name)}. Name all ` +
        'columns with the option columns.',
    )
  }
}

/** The objects of a source, with their line numbers. @throws FormatError for a line that is no object of JSON. */
export async function* readNdjsonRows(
  source: NamedSource,
  { signal, maxRecordLength }: { signal: AbortSignal | undefined; maxRecordLength: number },
): AsyncGenerator<{ row: JsonRow; line: number }> {
  const path = source.name
  const breather = new Breather()
  const rest = new LongLine(path, maxRecordLength)
  let line = 0
  for await (const text of readText(source, 'utf-8', signal)) {
    let begin = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
      const json = rest.take(text.slice(begin, end), ++line)
      begin = end + 1
      if (breather.isDue) await breather.turn()
      if (json.trim() !== '') yield { row: parseLine(path, json, line), line }
    }
    rest.add(text.slice(begin), line + 1)
  }
  const json = rest.take('', ++line)
  if (json.trim() !== '') yield { row: parseLine(path, json, line), line }
}

/** A line that comes in several blocks of text. They are joined once: joined block by block, time would be quadratic. */
class LongLine {
  readonly #path: string
  readonly #maxLength: number
  #pieces: string[] = []
  #length = 0

  constructor(path: string, maxLength: number) {
    this.#path = path
    this.#maxLength = maxLength
  }

  /** @throws FormatError if the line becomes too long. */
  add(piece: string, line: number): void {
    this.#length += piece.length
    if (this.#length > this.#maxLength) {
      throw new FormatError(
        `${this.#path}: expected lines of at most ${this.#maxLength} characters (maxRecordLength), but line ${line} is ` +
          'longer. Is it NDJSON, with one object in each line?',
      )
    }
    if (piece !== '') this.#pieces.push(piece)
  }

  /** The line, whose last piece this is; then it is empty. */
  take(last: string, line: number): string {
    this.add(last, line)
    const whole = this.#pieces.length === 1 ? this.#pieces[0]! : this.#pieces.join('')
    this.#pieces = []
    this.#length = 0
    return whole
  }
}

function parseLine(path: string, text: string, line: number): JsonRow {
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch (cause) {
    throw new FormatError(`${path}: expected JSON in line ${line}, but ${(cause as Error).message}.`, { cause })
  }
  if (row !== null && typeof row === 'object' && !Array.isArray(row)) return row as JsonRow
  throw new FormatError(`${path}: expected an object in line ${line}, but found ${describe(row)}.`)
}

import { checkOptions, checkSignal, checkString, describe, optionKeys } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { type CellValue, type ColumnKind, type ColumnLike, Table } from '../table/table.js'
import { chooseColumns } from './cell-batch.js'
import { type BatchOptions, batchKeys, checkBatchSize, checkNames } from './file-options.js'
import { ParquetFile } from './parquet-file.js'
import { rangeOf, type ShardOf, takePart } from './shard.js'

/** Options of `datasets.readParquet`. */
export interface ParquetOptions {
  /** The columns to read, in this order; all by default. */
  columns?: readonly string[] | undefined
  /** Aborting it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Options of `datasets.parquetBatches`. */
export interface ParquetBatchOptions extends ParquetOptions, BatchOptions {}

const parquetKeys = optionKeys<ParquetOptions>({ columns: true, signal: true })

interface SelectedColumn {
  name: string
  kind: ColumnKind
}

/**
 * Reads a Parquet file of flat columns: numbers (64-bit integers and decimals become float64), strings, booleans, dates and
 * times. Pages may be uncompressed or compressed by snappy, gzip, brotli or, from Node 22.15 on, zstd; not by lz4 or lzo.
 * @throws ArgumentError for wrong options or a file that cannot be read.
 * @throws FormatError for a truncated or corrupt file, or a column of lists, structs or bytes, which `columns` must leave out.
 */
export async function readParquet(path: string, options: ParquetOptions = {}): Promise<Table> {
  check(path, options, 'datasets.readParquet()', [])
  const file = await openFile(path, options)
  try {
    const selected = select(path, file, options.columns)
    const groups: Table[] = []
    for (let group = 0; group < file.groups.length; group++) {
      groups.push(await readGroup(path, file, group, selected, options.signal))
    }
    return concatenate(groups, selected)
  } finally {
    await file.close()
  }
}

/**
 * Like `readParquet`, in tables of at most `batchSize` rows: memory holds one row group of the file at a time.
 * @throws as readParquet does.
 */
export function parquetBatches(path: string, options: ParquetBatchOptions = {}): AsyncGenerator<Table, void, void> {
  check(path, options, 'datasets.parquetBatches()', batchKeys)
  const batchSize = checkBatchSize(options)
  const copy = { ...options }
  return Object.assign(readTables(path, copy, batchSize), {
    [takePart]: (part: ShardOf) => readTables(path, copy, batchSize, part),
  })
}

async function* readTables(
  path: string,
  options: ParquetOptions,
  batchSize: number,
  part: ShardOf = { rank: 0, size: 1 },
): AsyncGenerator<Table, void, void> {
  const file = await openFile(path, options)
  try {
    const selected = select(path, file, options.columns)
    const { first, end } = rangeOf(
      file.groups.reduce((sum, rows) => sum + rows, 0),
      part,
    )
    let before = 0
    for (const [group, rows] of file.groups.entries()) {
      const [from, to] = [Math.max(first - before, 0), Math.min(end - before, rows)]
      before += rows
      // A part reads only the row groups that it has rows of.
      if (from >= to) continue
      const table = await readGroup(path, file, group, selected, options.signal)
      for (let row = from; row < to; row += batchSize) yield table.slice(row, Math.min(row + batchSize, to))
    }
  } finally {
    await file.close()
  }
}

function check(path: string, options: ParquetOptions, call: string, more: readonly string[]): void {
  checkString(path, 'path')
  checkOptions(options, call, [...parquetKeys, ...more])
  if (options.columns !== undefined) checkNames(options.columns, 'columns')
  if (options.signal !== undefined) checkSignal(options.signal)
}

async function openFile(path: string, { signal }: ParquetOptions): Promise<ParquetFile> {
  signal?.throwIfAborted()
  return ParquetFile.open(path)
}

function select(path: string, { columns }: ParquetFile, names: readonly string[] | undefined): SelectedColumn[] {
  const selection = chooseColumns(
    columns.map(({ name }) => name),
    names,
  )
  return selection.places.map((place) => {
    const { name, kind } = columns[place]!
    if (kind) return { name, kind }
    throw new FormatError(
      `${path}: expected numbers, strings, booleans or dates in column ${describe(name)}, but it holds lists, structs or ` +
        'bytes. Leave it out with the option columns.',
    )
  })
}

async function readGroup(
  path: string,
  file: ParquetFile,
  group: number,
  selected: readonly SelectedColumn[],
  signal: AbortSignal | undefined,
): Promise<Table> {
  const columns: [string, ColumnLike][] = []
  for (const { name, kind } of selected) {
    signal?.throwIfAborted()
    const entries = await file.read(group, name)
    columns.push([name, convert(path, name, kind, entries)])
  }
  return makeTable(columns, selected)
}

function makeTable(columns: readonly [string, ColumnLike][], selected: readonly SelectedColumn[]): Table {
  const kinds = Object.fromEntries(selected.map(({ name, kind }) => [name, kind]))
  return Table.from(Object.fromEntries(columns), { kinds }).select(selected.map(({ name }) => name))
}

function convert(path: string, name: string, kind: ColumnKind, entries: ArrayLike<unknown>): ColumnLike {
  const read = (entry: unknown): CellValue => {
    if (entry === null || entry === undefined) return null
    if (typeof entry === 'bigint' && kind === 'number') return Number(entry)
    if (kind === 'date' ? entry instanceof Date : (typeof entry as string) === kind) return entry as CellValue
    throw new FormatError(`${path}: expected a ${kind} in column ${describe(name)}, but found ${describe(entry)}.`)
  }
  if (kind === 'number') return Float64Array.from(entries, (entry) => (read(entry) as number | null) ?? Number.NaN)
  return Array.from(entries, read)
}

/** Concatenates tables of the same columns. */
function concatenate(tables: readonly Table[], selected: readonly SelectedColumn[]): Table {
  if (tables.length === 1) return tables[0]!
  const columns = selected.map(({ name, kind }): [string, ColumnLike] => {
    const parts = tables.map((table) => table.column(name))
    if (kind !== 'number') return [name, (parts as CellValue[][]).flat()]
    const column = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts as Float64Array[]) {
      column.set(part, at)
      at += part.length
    }
    return [name, column]
  })
  return makeTable(columns, selected)
}

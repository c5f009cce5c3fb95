import { checkInteger, checkOneOf, checkOptions, checkSignal, describe, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { kindsOfColumns } from '../table/column.js'
import type { ColumnKind } from '../table/table.js'
import { type NamedSource, readSource } from './text-source.js'

/** Options of all readers of tables. */
export interface TableFileOptions {
  /** The columns to read, in this order; all by default. */
  columns?: readonly string[] | undefined
  /** The kinds of columns; the kinds of other columns are inferred from their cells. */
  kinds?: Readonly<Record<string, ColumnKind>> | undefined
  /** Aborting it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Options of readers of batches. */
export interface BatchOptions {
  /** Rows in a table; 4,096 by default. The last table may have fewer. */
  batchSize?: number | undefined
}

/** Options of readers of text, a record after the other. */
export interface RecordOptions {
  /**
   * Upper bound on the characters of a record, a line of NDJSON or a row of CSV; 16,777,216 by default. A longer one is a
   * FormatError: a file without line breaks, or with a quote that is not closed, must not fill the memory.
   */
  maxRecordLength?: number | undefined
}

export const recordKeys = optionKeys<RecordOptions>({ maxRecordLength: true })

export function readMaxRecordLength({ maxRecordLength = 1 << 24 }: RecordOptions): number {
  return checkInteger(maxRecordLength, 'maxRecordLength', { min: 1 })
}

export const tableFileKeys = optionKeys<TableFileOptions>({ columns: true, kinds: true, signal: true })
export const batchKeys = optionKeys<BatchOptions>({ batchSize: true })

/**
 * Checks a source and the options that all readers of tables share.
 * @throws ArgumentError.
 */
export function checkTableFile(
  path: unknown,
  options: TableFileOptions,
  call: string,
  keys: readonly string[],
): NamedSource {
  const source = readSource(path)
  checkOptions(options, call, keys)
  const { columns, kinds, signal } = options
  if (columns !== undefined) checkNames(columns, 'columns')
  if (kinds !== undefined) {
    checkOptions(kinds, 'kinds', Object.keys(Object(kinds)))
    for (const [name, kind] of Object.entries(kinds)) checkOneOf(kind, `kinds.${name}`, kindsOfColumns)
  }
  if (signal !== undefined) checkSignal(signal)
  return source
}

export function checkBatchSize({ batchSize = 4096 }: BatchOptions): number {
  return checkInteger(batchSize, 'batchSize', { min: 1 })
}

/** @throws ArgumentError for anything but a non-empty array of different strings. */
export function checkNames(names: unknown, name: string): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) throw invalid(name, 'an array of names', names)
  for (const [i, entry] of names.entries()) {
    if (typeof entry !== 'string') throw invalid(`${name}[${i}]`, 'a name', entry)
  }
  const twice = names.find((entry, i) => names.indexOf(entry) !== i)
  if (twice === undefined) return names
  throw new ArgumentError(`Expected each name once for ${name}, but got ${describe(twice)} twice.`)
}

import {
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  describe,
  invalid,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { kindsOfColumns } from '../table/column.js'
import type { ColumnKind } from '../table/table.js'

/** What all readers of tables take. */
export interface TableFileOptions {
  /** The columns to read, in this order; all by default. */
  columns?: readonly string[] | undefined
  /** The kinds of columns that must not be told by their cells. */
  kinds?: Readonly<Record<string, ColumnKind>> | undefined
  /** Aborting it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** What readers of batches take beside. */
export interface BatchOptions {
  /** Rows in a table; 4,096 by default. The last one has what is left. */
  batchSize?: number | undefined
}

export const tableFileKeys = optionKeys<TableFileOptions>({ columns: true, kinds: true, signal: true })
export const batchKeys = optionKeys<BatchOptions>({ batchSize: true })

/**
 * Checks a path and the options that all readers of tables share.
 * @throws ArgumentError.
 */
export function checkTableFile(path: unknown, options: TableFileOptions, what: string, keys: readonly string[]): void {
  checkString(path, 'path')
  checkOptions(options, what, keys)
  const { columns, kinds, signal } = options
  if (columns !== undefined) checkNames(columns, 'columns')
  if (kinds !== undefined) {
    checkOptions(kinds, 'kinds', Object.keys(Object(kinds)))
    for (const [name, kind] of Object.entries(kinds)) checkOneOf(kind, `kinds.${name}`, kindsOfColumns)
  }
  if (signal !== undefined) checkSignal(signal)
}

export function checkBatchSize({ batchSize = 4096 }: BatchOptions): number {
  return checkInteger(batchSize, 'batchSize', { min: 1 })
}

/** @throws ArgumentError for what is no array of strings that differ, or an empty one. */
export function checkNames(names: unknown, name: string): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) throw invalid(name, 'an array of names', names)
  for (const [i, each] of names.entries()) if (typeof each !== 'string') throw invalid(`${name}[${i}]`, 'a name', each)
  const twice = names.find((each, i) => names.indexOf(each) !== i)
  if (twice === undefined) return names
  throw new ArgumentError(`Expected each name once for ${name}, but got ${describe(twice)} twice.`)
}

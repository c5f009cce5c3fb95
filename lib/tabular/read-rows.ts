import { describe, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Table } from '../table/table.js'
import { CellColumn } from './cell-column.js'
import { eachRow } from './each-row.js'

/** Rows of a table: plain objects with one value for each column, in an iterable or an async iterable; or a `Table`. */
export type TableRows<R extends object = object> = Table | Iterable<R> | AsyncIterable<R>

/** How rows may differ from the columns of a schema. */
export interface ColumnPolicy {
  readonly unknownColumns: 'error' | 'ignore'
  readonly missingColumns: 'error' | 'impute'
}

/** Columns of cells, by name, all of one length. */
export interface CellTable {
  readonly rows: number
  readonly columns: ReadonlyMap<string, CellColumn>
}

/** Columns that were read within a time. */
export interface ReadTable extends CellTable {
  /** Whether all rows were read. */
  readonly isWhole: boolean
}

/**
 * Reads rows into columns, in steps between turns of the event loop. The columns are those of the first row; with
 * `missingColumns: 'impute'` those of all rows, and a row that lacks one has a missing cell there.
 * @param until when reading ends, as performance.now() counts; see eachRow.
 * @throws ArgumentError with row and column for a row with other columns than the first, or a value that is no cell; whatever
 * the iterable throws; the signal's reason when it is aborted.
 */
export async function readRows(
  rows: unknown,
  { missingColumns }: Pick<ColumnPolicy, 'missingColumns'>,
  signal: AbortSignal | undefined,
  until = Infinity,
): Promise<ReadTable> {
  const columns = new Map<string, CellColumn>()
  const add = (name: string, missing: number) => {
    const column = new CellColumn(name, missing)
    columns.set(name, column)
    return column
  }
  let count = 0
  const read = (row: object, index: number) => {
    const keys = Object.keys(row)
    if (count === 0) for (const key of keys) add(key, 0)
    let own = 0
    for (const key of keys) {
      let column = columns.get(key)
      if (column === undefined) {
        if (missingColumns === 'error') throw otherColumn(index, key, 'has')
        column = add(key, count)
      }
      column.push((row as Record<string, unknown>)[key], index)
      own++
    }
    count++
    if (own === columns.size) return
    for (const column of columns.values()) {
      if (column.length === count) continue
      if (missingColumns === 'error') throw otherColumn(index, column.name, 'lacks')
      column.fillTo(count)
    }
  }
  const { numbers, isWhole } = await eachRow(rows, signal, read, until)
  for (const column of columns.values()) {
    column.trim()
    if (numbers) column.numberRows(numbers)
  }
  if (count === 0) throw noRows(isWhole)
  if (columns.size === 0) throw new ArgumentError('Expected rows with at least one column, but they have none.')
  return { rows: count, columns, isWhole }
}

function noRows(isWhole: boolean): ArgumentError {
  return new ArgumentError(
    isWhole
      ? 'Expected at least one row, but there are none.'
      : 'Expected a row within the time limit, but the iterable gave none. Give a longer timeLimit.',
  )
}

function otherColumn(row: number, column: string, verb: 'has' | 'lacks'): ArgumentError {
  const actual = `a row that ${verb === 'has' ? 'has' : 'lacks'} the column ${describe(column)}`
  const hint = "Give null for a missing value, or set missingColumns to 'impute'."
  return mismatch(`row ${row}`, 'the columns of row 0', actual, hint, { row, column })
}

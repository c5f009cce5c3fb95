import { Breather } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Table } from '../table/table.js'
import { CellColumn } from './cell-column.js'

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

/** Rows between two looks at the clock. */
const rowsInStep = 64

/**
 * Reads rows into columns, in steps between turns of the event loop. The columns are those of the first row; with
 * `missingColumns: 'impute'` those of all rows, and a row that lacks one has a missing cell there.
 * @throws ArgumentError with row and column for a row with other columns than the first, or a value that is no cell; whatever
 * the iterable throws; the signal's reason when it is aborted.
 */
export async function readRows(
  rows: unknown,
  { missingColumns }: Pick<ColumnPolicy, 'missingColumns'>,
  signal: AbortSignal | undefined,
): Promise<CellTable> {
  const columns = new Map<string, CellColumn>()
  const add = (name: string, missing: number) => {
    const column = new CellColumn(name, missing)
    columns.set(name, column)
    return column
  }
  let count = 0
  await eachRow(rows, signal, (row) => {
    const keys = Object.keys(row)
    if (count === 0) for (const key of keys) add(key, 0)
    let own = 0
    for (const key of keys) {
      let column = columns.get(key)
      if (column === undefined) {
        if (missingColumns === 'error') throw otherColumn(count, key, 'has')
        column = add(key, count)
      }
      column.push((row as Record<string, unknown>)[key])
      own++
    }
    count++
    if (own === columns.size) return
    for (const column of columns.values()) {
      if (column.length === count) continue
      if (missingColumns === 'error') throw otherColumn(count - 1, column.name, 'lacks')
      column.fillTo(count)
    }
  })
  for (const column of columns.values()) column.trim()
  if (count === 0) throw new ArgumentError('Expected at least one row, but there are none.')
  if (columns.size === 0) throw new ArgumentError('Expected rows with at least one column, but they have none.')
  return { rows: count, columns }
}

function otherColumn(row: number, column: string, verb: 'has' | 'lacks'): ArgumentError {
  const actual = `a row that ${verb === 'has' ? 'has' : 'lacks'} the column ${describe(column)}`
  const hint = "Give null for a missing value, or set missingColumns to 'impute'."
  return mismatch(`row ${row}`, 'the columns of row 0', actual, hint, { row, column })
}

/**
 * Calls `visit` with each row, with turns of the event loop in between.
 * @throws ArgumentError for rows that are not iterable, or a row that is no object.
 */
export async function eachRow(
  rows: unknown,
  signal: AbortSignal | undefined,
  visit: (row: object, index: number) => void,
): Promise<void> {
  signal?.throwIfAborted()
  const source = rows as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  const breather = new Breather()
  let index = 0
  const take = (row: unknown) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
      throw mismatch(`row ${index}`, 'an object of values by column', describe(row), '', { row: index })
    }
    visit(row, index++)
    return index % rowsInStep === 0 && breather.isDue
  }
  const breathe = async () => {
    await breather.turn()
    signal?.throwIfAborted()
  }
  if (rows instanceof Table || (typeof rows === 'object' && typeof source?.[Symbol.iterator] === 'function')) {
    for (const row of source as Iterable<unknown>) if (take(row)) await breathe()
  } else if (typeof rows === 'object' && typeof source?.[Symbol.asyncIterator] === 'function') {
    for await (const row of source as AsyncIterable<unknown>) {
      signal?.throwIfAborted()
      if (take(row)) await breathe()
    }
  } else throw invalid('rows', 'an array or another iterable of objects, an async iterable of them, or a Table', rows)
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalidEntry, mismatch } from '../base/check.js'
import type { ArgumentError } from '../base/errors.js'

/** What happens to rows with columns that fit did not have. */
export type UnknownColumns = 'error' | 'ignore'
/** What happens to rows that lack a column of fit. */
export type MissingColumns = 'error' | 'impute'

/** How the columns of rows may differ from those of fit. */
export interface ColumnPolicy {
  readonly unknownColumns: UnknownColumns
  readonly missingColumns: MissingColumns
}

/** The policy of transformers: only the columns that they were fitted with matter. */
export const ownColumns: ColumnPolicy = { unknownColumns: 'ignore', missingColumns: 'error' }

/** The entry of a column that a row lacks: an error where the column is read. */
const absent = Symbol('absent')

/** Entries of plain objects under the columns of fit, before it is known of which kinds they must be. */
export class NamedCells {
  readonly rows: number
  readonly columns: number
  /** Whether it is a single row, not a table of one row. */
  readonly isRow: boolean
  readonly #values: ArrayLike<unknown>
  /** The names of all columns in `values`. */
  readonly #names: readonly string[]
  /** The columns of these cells, as places in a row of `values`; all if undefined. */
  readonly #places: readonly number[] | undefined

  constructor(
    values: ArrayLike<unknown>,
    rows: number,
    names: readonly string[],
    isRow: boolean,
    places?: readonly number[],
  ) {
    this.#values = values
    this.rows = rows
    this.columns = places ? places.length : names.length
    this.isRow = isRow
    this.#names = names
    this.#places = places
  }

  /** The columns, in order. */
  get names(): readonly string[] {
    return this.#places ? this.#places.map((place) => this.#names[place]!) : this.#names
  }

  /** The columns at these places. */
  select(places: readonly number[]): NamedCells {
    const own = this.#places
    const chosen = own ? places.map((place) => own[place]!) : places
    return new NamedCells(this.#values, this.rows, this.#names, this.isRow, chosen)
  }

  /**
   * The columns by their names, in this order.
   * @throws ArgumentError for a column that is not there.
   */
  inOrder(names: readonly string[]): NamedCells {
    if (this.#hasOrder(names)) return this
    const own = this.names
    const places = names.map((name) => own.indexOf(name))
    const missing = places.indexOf(-1)
    if (missing >= 0) throw missingColumn('x', undefined, names[missing]!)
    return this.select(places)
  }

  /**
   * The entry in row i and column j; undefined where it is missing.
   * @throws ArgumentError if the row lacks the column.
   */
  at(i: number, j: number): unknown {
    const value = this.#values[i * this.#names.length + (this.#places ? this.#places[j]! : j)]
    if (value === absent) throw missingColumn('x', i, this.nameOf(j))
    return value
  }

  /** The entries of row i, in the order of the columns. */
  entriesOf(i: number): unknown[] {
    return Array.from({ length: this.columns }, (_, j) => this.at(i, j))
  }

  nameOf(j: number): string {
    return this.#names[this.#places ? this.#places[j]! : j]!
  }

  /** The rows as plain objects, without the columns that they lack. */
  toObjects(): Record<string, unknown>[] {
    const { names } = this
    return Array.from({ length: this.rows }, (_, i) => {
      const begin = i * this.#names.length
      const entries = names.map((name, j) => [name, this.#values[begin + (this.#places?.[j] ?? j)]] as const)
      return Object.fromEntries(entries.filter(([, value]) => value !== absent))
    })
  }

  #hasOrder(names: readonly string[]): boolean {
    if (names.length !== this.columns) return false
    for (let j = 0; j < names.length; j++) if (names[j] !== this.nameOf(j)) return false
    return true
  }
}

/**
 * Reads plain objects by the names of columns; the order of keys does not matter.
 * @throws ArgumentError that names the row and column of an unknown key, or for a row that is no object.
 */
export function* readObjects(
  rows: readonly unknown[],
  names: readonly string[],
  policy: ColumnPolicy = ownColumns,
): Work<NamedCells> {
  const values = new Array<unknown>(rows.length * names.length)
  yield* rowBlocks(rows.length, names.length * entryCost, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = rows[i]
      if (row === null || typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
        throw mismatch(`row ${i} of x`, 'an object of entries by column', describe(row), '', { row: i })
      }
      readObject(row, i, names, policy, values)
    }
  })
  return new NamedCells(values, rows.length, names, false)
}

/** A single plain object, as readObjects reads several. */
export function readObjectRow(row: object, names: readonly string[], policy: ColumnPolicy = ownColumns): NamedCells {
  const values = new Array<unknown>(names.length)
  readObject(row, 0, names, policy, values)
  return new NamedCells(values, 1, names, true)
}

/** The time to read an entry of an object, in copies of a number. */
const entryCost = 8

/** Writes row i to `values`. */
function readObject(row: object, i: number, names: readonly string[], policy: ColumnPolicy, values: unknown[]): void {
  const entries = row as Readonly<Record<string, unknown>>
  const begin = i * names.length
  const fill = policy.missingColumns === 'impute' ? undefined : absent
  let own = 0
  for (let j = 0; j < names.length; j++) {
    const name = names[j]!
    if (Object.hasOwn(entries, name)) {
      values[begin + j] = entries[name]
      own++
    } else values[begin + j] = fill
  }
  if (policy.unknownColumns === 'ignore') return
  const keys = Object.keys(entries)
  if (keys.length <= own) return
  const unknown = keys.find((key) => !names.includes(key))
  if (unknown !== undefined) throw unknownColumn('x', i, unknown, names)
}

/** The error for a column that fit did not have. */
export function unknownColumn(
  name: string,
  row: number | undefined,
  column: string,
  names: readonly string[],
): ArgumentError {
  const first = names.slice(0, 10).map(describe).join(', ')
  const expected = `the columns of fit, ${first}${names.length > 10 ? ', ...' : ''}`
  const hint = "Drop it, or make the pipeline with unknownColumns: 'ignore'."
  return mismatch(rowOf(name, row), expected, `the column ${describe(column)} too`, hint, { row, column })
}

/** The error for a column of fit that rows lack. */
export function missingColumn(name: string, row: number | undefined, column: string): ArgumentError {
  const hint = "Give null where the value is not known, or make the pipeline with missingColumns: 'impute'."
  return mismatch(rowOf(name, row), 'the columns of fit', `no column ${describe(column)}`, hint, { row, column })
}

function rowOf(name: string, row: number | undefined): string {
  return row === undefined ? name : `row ${row} of ${name}`
}

/**
 * The entries as numbers; missing ones are NaN, true is 1 and false 0.
 * @throws ArgumentError that names the row and column of anything else.
 */
export function* numbersOf(cells: NamedCells, name: string): Work<Float64Array> {
  const data = new Float64Array(cells.rows * cells.columns)
  yield* rowBlocks(cells.rows, cells.columns, (begin, end) => writeNumbers(cells, name, begin, end, data))
  return data
}

/** Rows [begin, end) of `numbersOf`. */
export function writeNumbers(cells: NamedCells, name: string, begin: number, end: number, data: Float64Array): void {
  const { columns } = cells
  for (let i = begin; i < end; i++) {
    for (let j = 0; j < columns; j++) {
      const value = cells.at(i, j)
      if (typeof value === 'number') data[i * columns + j] = value
      else if (value === null || value === undefined) data[i * columns + j] = Number.NaN
      else if (typeof value === 'boolean') data[i * columns + j] = Number(value)
      else throw invalidEntry(name, { row: i, column: cells.nameOf(j) }, 'a number, true, false or null', value)
    }
  }
}

/**
 * The entries as categories, by column; null is a missing one.
 * @throws ArgumentError that names the row and column of anything but a string, a finite number, true, false or null.
 */
export function* categoriesOf(cells: NamedCells, name: string): Work<unknown[][]> {
  const values = emptyColumns(cells)
  yield* rowBlocks(cells.rows, cells.columns, (begin, end) => writeCategories(cells, name, begin, end, values))
  return values
}

/** A single row of `categoriesOf`. */
export function categoriesOfRow(cells: NamedCells, name: string): unknown[][] {
  const values = emptyColumns(cells)
  writeCategories(cells, name, 0, 1, values)
  return values
}

function emptyColumns({ rows, columns }: NamedCells): unknown[][] {
  const values = new Array<unknown[]>(columns)
  for (let j = 0; j < columns; j++) values[j] = new Array<unknown>(rows)
  return values
}

function writeCategories(cells: NamedCells, name: string, begin: number, end: number, values: unknown[][]): void {
  for (let j = 0; j < values.length; j++) {
    const column = values[j]!
    for (let i = begin; i < end; i++) {
      const value = cells.at(i, j)
      if (typeof value !== 'string' && !isCategory(value)) {
        const place = { row: i, column: cells.nameOf(j) }
        throw invalidEntry(name, place, 'a string, a finite number, true, false or null', value)
      }
      column[i] = value
    }
  }
}

function isCategory(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) !== Infinity
  return typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined
}

import {
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  describe,
  invalid,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { kindsOfColumns, readColumn } from './column.js'

/** What a column holds. */
export type ColumnKind = 'number' | 'string' | 'boolean' | 'date'

/** One entry of a table; null where it is missing. */
export type CellValue = number | string | boolean | Date | null

/** A column's entries: numbers with NaN for those that are missing, all else with null. */
export type Column = Float64Array | readonly (string | null)[] | readonly (boolean | null)[] | readonly (Date | null)[]

/** What a column is made from: entries of one kind; null, undefined and NaN are missing. */
export type ColumnLike = ArrayLike<CellValue | undefined>

/** A row as a plain object. */
export type TableRow = Record<string, CellValue>

/** What the makers of a table take. */
export interface TableOptions {
  /** The kinds of columns that must not be told by their entries: a column without any is one of numbers otherwise. */
  kinds?: Readonly<Record<string, ColumnKind>> | undefined
}

/** A column with its kind. */
interface Held {
  readonly kind: ColumnKind
  readonly values: Column
}

/**
 * Named columns of equal length, each of one kind: numbers, strings, booleans or dates, any of them missing. A table does
 * not change; what is taken from it shares its entries where it can.
 * @example
 * const table = Table.fromRows([
 *   { age: 39, job: 'clerk' },
 *   { age: 50, job: null },
 * ])
 * table.kind('job') // 'string'
 * table.column('age') // Float64Array [39, 50]
 * table.select(['age']).toMatrix() // Matrix of 2 x 1
 */
export class Table implements Iterable<TableRow> {
  readonly #columns: ReadonlyMap<string, Held>
  /** How many rows there are. */
  readonly rows: number

  private constructor(columns: ReadonlyMap<string, Held>, rows: number) {
    this.#columns = columns
    this.rows = rows
  }

  /**
   * A table of columns by name. Float64Arrays are wrapped, all else is copied.
   * @throws ArgumentError for columns of different lengths, or for an entry of another kind than those before it in
   * its column, with row and column.
   */
  static from(columns: Readonly<Record<string, ColumnLike>>, options: TableOptions = {}): Table {
    checkOptions(columns, 'columns', Object.keys(Object(columns)))
    const kinds = readKinds(options, Object.keys(columns))
    let first: { name: string; length: number } | undefined
    const held = new Map<string, Held>()
    for (const [name, values] of Object.entries(columns)) {
      const column = readColumn(values, name, kinds.get(name))
      const { length } = column.values
      first ??= { name, length }
      if (length !== first.length) {
        const hint = 'All columns are of one length.'
        throw mismatch(
          `column ${describe(name)}`,
          `${first.length} entries, as in ${describe(first.name)}`,
          `${length}`,
          hint,
        )
      }
      held.set(name, column)
    }
    return new Table(held, first?.length ?? 0)
  }

  /**
   * A table of plain objects, one a row. Its columns are all the names that there are, in the order in which they first
   * come; what an object lacks is missing.
   * @throws ArgumentError for what is no plain object, or an entry of another kind than those before it in its column.
   */
  static fromRows(rows: Iterable<Readonly<Record<string, unknown>>>, options: TableOptions = {}): Table {
    if (typeof (rows as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function' || typeof rows === 'string') {
      throw invalid('rows', 'an array of objects', rows)
    }
    const columns = new Map<string, unknown[]>()
    let count = 0
    for (const row of rows as Iterable<unknown>) {
      if (row === null || typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
        throw invalid(`row ${count}`, 'an object of entries by column', row)
      }
      for (const [name, value] of Object.entries(row)) {
        const column = columns.get(name) ?? []
        columns.set(name, column)
        column[count] = value
      }
      count++
    }
    for (const column of columns.values()) column.length = count
    const kinds = readKinds(options, [...columns.keys()])
    return new Table(
      new Map([...columns].map(([name, values]) => [name, readColumn(values, name, kinds.get(name))])),
      count,
    )
  }

  /** The names of the columns, in their order. */
  get names(): string[] {
    return [...this.#columns.keys()]
  }

  /** @throws ArgumentError for a name that is not there. */
  kind(name: string): ColumnKind {
    return this.#held(name).kind
  }

  /**
   * The entries of a column, as they are held: not to be written to.
   * @throws ArgumentError for a name that is not there.
   */
  column(name: string): Column {
    return this.#held(name).values
  }

  /** The columns that are named, in that order. */
  select(names: readonly string[]): Table {
    return new Table(new Map(checkNames(names).map((name) => [name, this.#held(name)])), this.rows)
  }

  /** All columns but those that are named. */
  drop(names: readonly string[]): Table {
    for (const name of checkNames(names)) this.#held(name)
    return new Table(new Map([...this.#columns].filter(([name]) => !names.includes(name))), this.rows)
  }

  /**
   * The table with a column replaced, which keeps its place and its kind, or with a new one behind the others.
   * @throws ArgumentError for another number of entries than there are rows, or entries of another kind.
   */
  withColumn(name: string, values: ColumnLike): Table {
    const known = this.#columns.get(checkString(name, 'name'))
    const column = readColumn(values, name, known?.kind)
    const { length } = column.values
    if (length !== this.rows && this.rows + this.#columns.size > 0) {
      throw mismatch(`column ${describe(name)}`, `${this.rows} entries, as there are rows`, `${length}`)
    }
    return new Table(new Map([...this.#columns, [name, column]]), length)
  }

  /** Rows from `begin` up to, not including, `end`; counted from the end where negative, as an array's slice. */
  slice(begin = 0, end = this.rows): Table {
    checkInteger(begin, 'begin')
    checkInteger(end, 'end')
    const at = (place: number) => Math.min(Math.max(place < 0 ? place + this.rows : place, 0), this.rows)
    const count = Math.max(at(end) - at(begin), 0)
    return this.#map(count, (values) =>
      values instanceof Float64Array
        ? values.subarray(at(begin), at(begin) + count)
        : values.slice(at(begin), at(begin) + count),
    )
  }

  /** The rows that are named, in that order; one may come more than once. */
  take(indices: ArrayLike<number>): Table {
    const rows = Array.from(indices, (row, i) => checkRow(row, `indices[${i}]`, this.rows))
    return this.#map(rows.length, (values) =>
      values instanceof Float64Array
        ? Float64Array.from(rows, (row) => values[row]!)
        : (rows.map((row) => values[row]) as Column),
    )
  }

  /** Row `i` as a plain object, null for what is missing. */
  row(i: number): TableRow {
    checkRow(i, 'row', this.rows)
    return Object.fromEntries([...this.#columns].map(([name, { values }]) => [name, entryOf(values, i)]))
  }

  /** All rows as plain objects. */
  *[Symbol.iterator](): Generator<TableRow> {
    for (let i = 0; i < this.rows; i++) yield this.row(i)
  }

  /**
   * Numbers and booleans (as 0 and 1) as a matrix, NaN for what is missing.
   * @param names the columns to take, all without it.
   * @throws ArgumentError that names a column of another kind.
   */
  toMatrix(names: readonly string[] = this.names): Matrix {
    const columns = checkNames(names).map((name) => this.#held(name))
    const matrix = new Matrix(new Float32Array(this.rows * columns.length), this.rows, columns.length)
    for (const [j, { kind, values }] of columns.entries()) {
      if (kind !== 'number' && kind !== 'boolean') {
        const hint = 'Encode it, or select other columns.'
        throw mismatch(`column ${describe(names[j])}`, 'numbers or booleans', `${kind}s`, hint)
      }
      for (let i = 0; i < this.rows; i++) {
        const value = values[i] as number | boolean | null
        matrix.data[i * columns.length + j] = value === null ? Number.NaN : Number(value)
      }
    }
    return matrix
  }

  #held(name: string): Held {
    const held = this.#columns.get(name)
    if (held) return held
    const some = this.names.slice(0, 10).map(describe).join(', ')
    throw mismatch('a column', `one of ${some}${this.#columns.size > 10 ? ', ...' : ''}`, describe(name))
  }

  #map(rows: number, change: (values: Column) => Column): Table {
    const columns = [...this.#columns].map(([name, { kind, values }]): [string, Held] => [
      name,
      { kind, values: change(values) },
    ])
    return new Table(new Map(columns), rows)
  }
}

function entryOf(values: Column, i: number): CellValue {
  const value = values[i] as CellValue
  return Number.isNaN(value) ? null : value
}

function readKinds(options: TableOptions, names: readonly string[]): Map<string, ColumnKind> {
  checkOptions(options, 'the options of a table', optionKeys<TableOptions>({ kinds: true }))
  const { kinds = {} } = options
  checkOptions(kinds, 'kinds', names)
  const read = ([name, kind]: [string, unknown]) =>
    [name, checkOneOf(kind, `the kind of ${describe(name)}`, kindsOfColumns)] as const
  return new Map(Object.entries(kinds).map(read))
}

function checkNames(names: unknown): readonly string[] {
  if (!Array.isArray(names)) throw invalid('names', 'an array of names of columns', names)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new ArgumentError(`Expected each name once for names, but got ${describe(twice)} twice.`)
  return names
}

function checkRow(row: unknown, name: string, rows: number): number {
  if (rows === 0) throw new ArgumentError(`Expected a row of the table for ${name}, but the table has none.`)
  return checkInteger(row, name, { min: 0, max: rows - 1 })
}

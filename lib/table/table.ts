import { runNow, type Work } from '../base/breathing.js'
import {
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkString,
  describe,
  invalid,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import { uniforms } from '../math/random.js'
import { type ColumnKind, kindsOfColumns, readColumn } from './column.js'
import { type ColumnDescription, describeColumn } from './describe.js'
import { joinColumns } from './join.js'
import { labelsOf, numbersOf, stringsOf } from './typed-column.js'

export type { ColumnDescription, ColumnKind }

/** One entry of a table; null where it is missing. */
export type CellValue = number | string | boolean | Date | null

/** A column's entries. A missing one is NaN among numbers, else null. */
export type Column = Float64Array | readonly (string | null)[] | readonly (boolean | null)[] | readonly (Date | null)[]

/** What a column is made from: entries of one kind; null, undefined and NaN are missing. */
export type ColumnLike = ArrayLike<CellValue | undefined>

/** A row as a plain object. */
export type TableRow = Record<string, CellValue>

/** A row as users have it: a plain object, whose type may be an interface; no array, Matrix or Table. */
export type ObjectRow =
  | Readonly<Record<string, unknown>>
  | (object & { readonly [Symbol.iterator]?: never; readonly toArray?: never })

/** Options of Table.from and Table.fromRows. */
export interface TableOptions {
  /** Kinds by column name. By default the first entry decides, and a column without entries holds numbers. */
  kinds?: Readonly<Record<string, ColumnKind>> | undefined
}

/** Options of Table.prototype.sample. */
export interface SampleOptions {
  /** Random by default. */
  seed?: number | undefined
}

/** A column with its kind. */
interface TypedColumn {
  readonly kind: ColumnKind
  readonly values: Column
}

/** `fromRows` in steps, for asynchronous methods; a symbol, because its type is not published (`@internal`). */
export const fromRowsInSteps = Symbol('perceptra.fromRowsInSteps')

/** A table of columns with checked names, likewise. */
export const fromColumnsInSteps = Symbol('perceptra.fromColumnsInSteps')

/** A table with one column replaced or added, likewise. */
export const withColumnInSteps = Symbol('perceptra.withColumnInSteps')

/** Rows of plain objects in one step. */
const rowsInStep = 1000

/**
 * Columns of equal length, with names. A column holds entries of one kind (numbers, strings, booleans or dates), any of
 * which may be missing. A table does not change; tables made from it share its entries where they can.
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
  readonly #columns: ReadonlyMap<string, TypedColumn>
  /** How many rows there are. */
  readonly rows: number

  private constructor(columns: ReadonlyMap<string, TypedColumn>, rows: number) {
    this.#columns = columns
    this.rows = rows
  }

  /**
   * A table of columns by name. Float64Arrays are not copied, other arrays are.
   * @throws ArgumentError for columns of different lengths, or for an entry of another kind than those before it in its
   * column (with row and column).
   */
  static from<T extends { readonly [K in keyof T]: ColumnLike }>(columns: T, options: TableOptions = {}): Table {
    checkOptions(columns, 'columns', Object.keys(Object(columns)))
    const kinds = readKinds(options, Object.keys(columns))
    return runNow(Table[fromColumnsInSteps](Object.entries<ColumnLike>(columns), kinds))
  }

  /** @internal */
  static *[fromColumnsInSteps](
    columns: readonly (readonly [name: string, values: ColumnLike])[],
    kinds: ReadonlyMap<string, ColumnKind>,
  ): Work<Table> {
    let first: { name: string; length: number } | undefined
    const typed = new Map<string, TypedColumn>()
    for (const [name, values] of columns) {
      const column = yield* readColumn(values, name, kinds.get(name))
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
      typed.set(name, column)
    }
    return new Table(typed, first?.length ?? 0)
  }

  /**
   * A table of plain objects, one for each row. Its columns are the keys of all objects, in order of appearance; where
   * an object lacks a key, the entry is missing.
   * @throws ArgumentError for a row that is no plain object, or an entry of another kind than those before it in its
   * column.
   */
  static fromRows(rows: Iterable<ObjectRow>, options: TableOptions = {}): Table {
    return runNow(Table[fromRowsInSteps](rows, options))
  }

  /** @internal */
  static *[fromRowsInSteps](rows: Iterable<unknown>, options: TableOptions = {}): Work<Table> {
    if (typeof (rows as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function' || typeof rows === 'string') {
      throw invalid('rows', 'an array of objects', rows)
    }
    const columns = new Map<string, unknown[]>()
    let count = 0
    for (const row of rows) {
      if (row === null || typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
        throw mismatch(`row ${count}`, 'an object of entries by column', describe(row), '', { row: count })
      }
      for (const [name, value] of Object.entries(row)) {
        const column = columns.get(name) ?? []
        columns.set(name, column)
        column[count] = value
      }
      if (++count % rowsInStep === 0) yield
    }
    const kinds = readKinds(options, [...columns.keys()])
    const typed = new Map<string, TypedColumn>()
    for (const [name, values] of columns) {
      values.length = count
      typed.set(name, yield* readColumn(values, name, kinds.get(name)))
    }
    return new Table(typed, count)
  }

  /** The names of the columns, in order. */
  get names(): string[] {
    return [...this.#columns.keys()]
  }

  /** @throws ArgumentError for a name that the table does not have. */
  kind(name: string): ColumnKind {
    return this.#column(name).kind
  }

  /**
   * The entries of a column. They are not copied: do not write to them.
   * @throws ArgumentError for a name that the table does not have.
   */
  column(name: string): Column {
    return this.#column(name).values
  }

  /**
   * The entries of a column of numbers, NaN where missing; booleans are 0 and 1. Numbers are not copied: do not write to them.
   * @throws ArgumentError for a column of another kind, or a name that the table does not have.
   */
  numbers(name: string): Float64Array {
    return numbersOf(this.#column(name), name)
  }

  /**
   * The entries of a column of strings, null where missing.
   * @throws ArgumentError for a column of another kind, or a name that the table does not have.
   */
  strings(name: string): readonly (string | null)[] {
    return stringsOf(this.#column(name), name)
  }

  /**
   * The entries of a column as class labels, such as fit takes: strings, numbers or booleans.
   * @typeParam C the type of the labels, which is not checked.
   * @throws ArgumentError for a missing entry (with row and column), a column of dates, or a name that the table does not have.
   */
  labels<C extends string | number | boolean = string | number | boolean>(name: string): C[] {
    return labelsOf(this.#column(name), name) as C[]
  }

  /** A table of these columns, in this order. */
  select(names: readonly string[]): Table {
    return new Table(new Map(checkNames(names).map((name) => [name, this.#column(name)])), this.rows)
  }

  /** A table of all columns but these. */
  drop(names: readonly string[]): Table {
    for (const name of checkNames(names)) this.#column(name)
    return new Table(new Map([...this.#columns].filter(([name]) => !names.includes(name))), this.rows)
  }

  /**
   * A table with one column replaced or added. A replaced column keeps its place and kind; a new one comes last.
   * @throws ArgumentError for another number of entries than the table has rows, or for entries of another kind.
   */
  withColumn(name: string, values: ColumnLike): Table {
    return runNow(this[withColumnInSteps](name, values))
  }

  /** @internal */
  *[withColumnInSteps](name: string, values: ColumnLike): Work<Table> {
    const before = this.#columns.get(checkString(name, 'name'))
    const column = yield* readColumn(values, name, before?.kind)
    const { length } = column.values
    if (length !== this.rows && this.rows + this.#columns.size > 0) {
      throw mismatch(`column ${describe(name)}`, `${this.rows} entries, as there are rows`, `${length}`)
    }
    return new Table(new Map([...this.#columns, [name, column]]), length)
  }

  /**
   * Rows from `begin` up to, not including, `end`; negative numbers count from the end, as in Array.prototype.slice.
   */
  slice(begin = 0, end = this.rows): Table {
    checkInteger(begin, 'begin')
    checkInteger(end, 'end')
    const clamp = (row: number) => Math.min(Math.max(row < 0 ? row + this.rows : row, 0), this.rows)
    const first = clamp(begin)
    const count = Math.max(clamp(end) - first, 0)
    return this.#map(count, (values) =>
      values instanceof Float64Array ? values.subarray(first, first + count) : values.slice(first, first + count),
    )
  }

  /** A table of the rows with these numbers, in this order; a row may occur more than once. */
  take(indices: ArrayLike<number>): Table {
    const rows = Array.from(indices, (row, i) => checkRow(row, `indices[${i}]`, this.rows))
    return this.#map(rows.length, (values) =>
      values instanceof Float64Array
        ? Float64Array.from(rows, (row) => values[row]!)
        : (rows.map((row) => values[row]) as Column),
    )
  }

  /**
   * A table of the rows for which `test` holds.
   * @param test gets the row as a plain object, and its number.
   * @throws ArgumentError for anything but a function; what `test` throws.
   */
  filter(test: (row: TableRow, i: number) => boolean): Table {
    if (typeof test !== 'function') throw invalid('test', 'a function of a row', test)
    const rows: number[] = []
    for (let i = 0; i < this.rows; i++) if (test(this.row(i), i)) rows.push(i)
    return this.take(rows)
  }

  /**
   * A table of this table's rows, then those of the others. They have the same columns, of the same kinds; the order of columns
   * is this table's.
   * @throws ArgumentError for other columns, or a column of another kind.
   */
  concat(...others: Table[]): Table {
    return new Table(
      ...joinColumns(
        this.#columns,
        others.map((other) => (other instanceof Table ? other.#columns : other)),
      ),
    )
  }

  /**
   * Some rows, drawn at random, each at most once, in random order.
   * @param count how many, at most `rows`.
   * @throws ArgumentError for a count that is too large.
   */
  sample(count: number, options: SampleOptions = {}): Table {
    checkInteger(count, 'count', { min: 0, max: this.rows })
    checkOptions(options, 'sample()', optionKeys<SampleOptions>({ seed: true }))
    const random = uniforms(options.seed === undefined ? randomSeed() : checkSeed(options.seed))
    const rows = Array.from({ length: this.rows }, (_, i) => i)
    // The first steps of a shuffle: Durstenfeld 1964, algorithm 235.
    for (let i = 0; i < count; i++) {
      const other = i + Math.floor(random() * (this.rows - i))
      ;[rows[i], rows[other]] = [rows[other]!, rows[i]!]
    }
    return this.take(rows.slice(0, count))
  }

  /** By column: how many entries there are, mean, standard deviation, quartiles; what is most frequent. As pandas' describe. */
  describe(): Record<string, ColumnDescription> {
    return Object.fromEntries(
      [...this.#columns].map(([name, { kind, values }]) => [name, describeColumn(kind, values)]),
    )
  }

  /** All rows as plain objects, with null for missing entries. */
  toRows(): TableRow[] {
    return [...this]
  }

  /** Row `i` as a plain object, with null for missing entries. */
  row(i: number): TableRow {
    checkRow(i, 'row', this.rows)
    return Object.fromEntries([...this.#columns].map(([name, { values }]) => [name, entryOf(values, i)]))
  }

  /** All rows as plain objects. */
  *[Symbol.iterator](): Generator<TableRow> {
    for (let i = 0; i < this.rows; i++) yield this.row(i)
  }

  /**
   * The numbers and booleans (as 0 and 1) as a matrix, with NaN for missing entries.
   * @param names the columns to take; all by default.
   * @throws ArgumentError that names a column of another kind.
   */
  toMatrix(names: readonly string[] = this.names): Matrix {
    const columns = checkNames(names).map((name) => this.#column(name))
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

  #column(name: string): TypedColumn {
    const column = this.#columns.get(name)
    if (column) return column
    const some = this.names.slice(0, 10).map(describe).join(', ')
    throw mismatch('a column', `one of ${some}${this.#columns.size > 10 ? ', ...' : ''}`, describe(name))
  }

  #map(rows: number, change: (values: Column) => Column): Table {
    const columns = [...this.#columns].map(([name, { kind, values }]): [string, TypedColumn] => [
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
  const duplicate = names.find((name, i) => names.indexOf(name) !== i)
  if (duplicate !== undefined)
    throw new ArgumentError(`Expected each name once for names, but got ${describe(duplicate)} twice.`)
  return names
}

function checkRow(row: unknown, name: string, rows: number): number {
  if (rows === 0) throw new ArgumentError(`Expected a row of the table for ${name}, but the table has none.`)
  return checkInteger(row, name, { min: 0, max: rows - 1 })
}

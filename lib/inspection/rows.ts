import { checkInteger, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike, toTable } from '../base/matrix.js'
import { type ObjectRows, toNamed } from '../preprocessing/input.js'
import { type CellValue, type ColumnKind, type ColumnLike, Table } from '../table/table.js'

/** Rows to inspect a model with: what it takes itself. */
export type InspectedLike = MatrixLike | Table | ObjectRows

/** What the model is given: a `Table` where the rows are a table or plain objects. */
export type RowsOf<X> = X extends MatrixLike ? Matrix : Table

/** Rows whose columns are changed one after the other, while those that were given stay as they are. */
export interface InspectedRows {
  readonly rows: number
  readonly columns: number
  /** Of a table. */
  readonly names: readonly string[] | undefined
  /** As they are now. */
  readonly now: Matrix | Table
  kind(column: number): ColumnKind
  /** The entries of a column as they are now, apart from later changes. */
  entries(column: number): ColumnLike
  change(column: number, values: ColumnLike): void
}

/**
 * Rows that may be changed.
 * @throws ArgumentError for what is no table; a flat typed array wants a model that knows its columns.
 */
export function inspectedRows(model: object, x: unknown): InspectedRows {
  const named = toNamed(x)
  return named instanceof Table ? new TableRows(named) : new MatrixRows(copyRows(model, x as MatrixLike))
}

function copyRows(model: object, x: MatrixLike): Matrix {
  const columns = isNumberArray(x) ? columnsOf(model) : undefined
  if (isNumberArray(x) && columns === undefined) {
    throw invalid(
      'x',
      'a Matrix, a Table or an array of rows',
      x,
      'Of a flat array only an estimator that is fitted knows the columns.',
    )
  }
  const table = toTable(x, 'x', columns)
  return new Matrix(new Float32Array(table.data), table.rows, table.columns)
}

function columnsOf(model: object): number | undefined {
  const { nFeaturesIn } = model as { nFeaturesIn?: unknown }
  return typeof nFeaturesIn === 'number' ? nFeaturesIn : undefined
}

/** Numbers, changed where they are. */
class MatrixRows implements InspectedRows {
  readonly names = undefined
  readonly now: Matrix

  constructor(copy: Matrix) {
    this.now = copy
  }

  get rows(): number {
    return this.now.rows
  }

  get columns(): number {
    return this.now.cols
  }

  kind(): ColumnKind {
    return 'number'
  }

  entries(column: number): ColumnLike {
    const { data, rows, cols } = this.now
    return Float64Array.from({ length: rows }, (_, row) => data[row * cols + column]!)
  }

  change(column: number, values: ColumnLike): void {
    const { data, rows, cols } = this.now
    for (let row = 0; row < rows; row++) data[row * cols + column] = values[row] as number
  }
}

/** Columns of any kind, each of which is replaced as a whole. */
class TableRows implements InspectedRows {
  readonly names: readonly string[]
  #now: Table

  /** @throws ArgumentError for a table without rows or columns. */
  constructor(table: Table) {
    if (table.rows === 0 || table.names.length === 0) {
      throw new ArgumentError('Expected at least one row and one column for x, but it is empty.')
    }
    this.names = table.names
    this.#now = table
  }

  get now(): Table {
    return this.#now
  }

  get rows(): number {
    return this.#now.rows
  }

  get columns(): number {
    return this.names.length
  }

  kind(column: number): ColumnKind {
    return this.#now.kind(this.names[column]!)
  }

  entries(column: number): ColumnLike {
    return this.#now.column(this.names[column]!)
  }

  change(column: number, values: ColumnLike): void {
    this.#now = this.#now.withColumn(this.names[column]!, values)
  }
}

/** A column by its place, or in a table by its name. @throws ArgumentError. */
export function readColumnOf({ names, columns }: InspectedRows, given: unknown, name: string): number {
  if (!names || typeof given !== 'string') return checkInteger(given, name, { min: 0, max: columns - 1 })
  const place = names.indexOf(given)
  if (place !== -1) return place
  throw mismatch(name, `one of the columns ${names.slice(0, 10).map(describe).join(', ')}`, describe(given))
}

/** Entries in another order. */
export function reordered(values: ColumnLike, order: Uint32Array): ColumnLike {
  if (values instanceof Float64Array) return Float64Array.from(order, (row) => values[row]!)
  return Array.from(order, (row): CellValue | undefined => values[row])
}

import { rowBlocks, type Work } from '../base/breathing.js'
import { checkInteger, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { copyInSteps, isNumberArray, Matrix, type MatrixLike, toTableInSteps } from '../base/matrix.js'
import { type ObjectRows, toNamed } from '../preprocessing/input.js'
import { type CellValue, type ColumnKind, type ColumnLike, Table, withColumnInSteps } from '../table/table.js'

/** Rows to inspect a model with, as the model takes them. */
export type InspectedLike = MatrixLike | Table | ObjectRows

/** The type in which the model receives the rows: a `Table` for a table or plain objects. */
export type RowsOf<X> = X extends MatrixLike ? Matrix : Table

/** A copy of rows whose columns can be replaced. */
export interface InspectedRows {
  readonly rows: number
  readonly columns: number
  /** The column names of a table. */
  readonly names: readonly string[] | undefined
  /** The current rows, for the model. */
  readonly current: Matrix | Table
  kind(column: number): ColumnKind
  /** The current entries of a column, which later changes do not affect. */
  entries(column: number): Work<ColumnLike>
  change(column: number, values: ColumnLike): Work<void>
}

/** @throws ArgumentError for a value that is not a table; a flat typed array needs a model that knows its columns. */
export function* inspectedRows(model: object, x: unknown): Work<InspectedRows> {
  const named = yield* toNamed(x)
  return named instanceof Table ? new TableRows(named) : new MatrixRows(yield* copyRows(model, x as MatrixLike))
}

function* copyRows(model: object, x: MatrixLike): Work<Matrix> {
  const columns = isNumberArray(x) ? columnsOf(model) : undefined
  if (isNumberArray(x) && columns === undefined) {
    const hint = 'The number of columns of a flat array is known for fitted estimators only.'
    throw invalid('x', 'a Matrix, a Table or an array of rows', x, hint)
  }
  const { data, rows, columns: width } = yield* toTableInSteps(x, 'x', columns)
  return new Matrix(yield* copyInSteps(data, new Float32Array(data.length)), rows, width)
}

function columnsOf(model: object): number | undefined {
  const { nFeaturesIn } = model as { nFeaturesIn?: unknown }
  return typeof nFeaturesIn === 'number' ? nFeaturesIn : undefined
}

/** Rows of numbers, changed in place. */
class MatrixRows implements InspectedRows {
  readonly names = undefined
  readonly current: Matrix

  constructor(copy: Matrix) {
    this.current = copy
  }

  get rows(): number {
    return this.current.rows
  }

  get columns(): number {
    return this.current.cols
  }

  kind(): ColumnKind {
    return 'number'
  }

  *entries(column: number): Work<ColumnLike> {
    const { data, rows, cols } = this.current
    const entries = new Float64Array(rows)
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let row = begin; row < end; row++) entries[row] = data[row * cols + column]!
    })
    return entries
  }

  *change(column: number, values: ColumnLike): Work<void> {
    const { data, rows, cols } = this.current
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let row = begin; row < end; row++) data[row * cols + column] = values[row] as number
    })
  }
}

/** Columns of any kind; a change makes a new table. */
class TableRows implements InspectedRows {
  readonly names: readonly string[]
  #current: Table

  /** @throws ArgumentError for a table without rows or columns. */
  constructor(table: Table) {
    if (table.rows === 0 || table.names.length === 0) {
      throw new ArgumentError('Expected at least one row and one column for x, but it is empty.')
    }
    this.names = table.names
    this.#current = table
  }

  get current(): Table {
    return this.#current
  }

  get rows(): number {
    return this.#current.rows
  }

  get columns(): number {
    return this.names.length
  }

  kind(column: number): ColumnKind {
    return this.#current.kind(this.names[column]!)
  }

  *entries(column: number): Work<ColumnLike> {
    yield
    return this.#current.column(this.names[column]!)
  }

  *change(column: number, values: ColumnLike): Work<void> {
    this.#current = yield* this.#current[withColumnInSteps](this.names[column]!, values)
  }
}

/** The index of a column from its index, or in a table its name. @throws ArgumentError for an unknown column. */
export function readColumnOf({ names, columns }: InspectedRows, column: unknown, name: string): number {
  if (!names || typeof column !== 'string') return checkInteger(column, name, { min: 0, max: columns - 1 })
  const index = names.indexOf(column)
  if (index !== -1) return index
  throw mismatch(name, `one of the columns ${names.slice(0, 10).map(describe).join(', ')}`, describe(column))
}

/** The entries at the rows of `order`. */
export function* reordered(values: ColumnLike, order: Uint32Array): Work<ColumnLike> {
  const { length } = order
  const entries = values instanceof Float64Array ? new Float64Array(length) : new Array<CellValue | undefined>(length)
  yield* rowBlocks(length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) entries[i] = values[order[i]!] as never
  })
  return entries
}

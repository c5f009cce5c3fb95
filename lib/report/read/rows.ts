import { runBreathing, type Work } from '../../base/breathing.js'
import { mismatch } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { Matrix } from '../../base/matrix.js'
import { type CellValue, type ColumnLike, fromColumnsInSteps, Table } from '../../table/table.js'

/** Rows as a model takes them, with names of their columns. */
export interface ReportRows {
  readonly x: Matrix | Table
  readonly count: number
  readonly names: readonly string[]
  /** The entries of a column; null, undefined and NaN are missing. */
  column(name: string): ColumnLike
  /** Some rows, in this order. */
  take(numbers: Uint32Array): Matrix | Table
}

/** @throws ArgumentError for names that do not fit the columns. */
export function rowsOf(x: Matrix | Table, names: readonly string[] | undefined): ReportRows {
  if (x instanceof Table) return ofTable(x, names)
  if (names !== undefined && names.length !== x.cols) {
    throw mismatch('columns', `${x.cols} names, as many as x has columns`, `${names.length}`)
  }
  const all = names ?? Array.from({ length: x.cols }, (_, j) => `column ${j}`)
  return {
    ...{ x, count: x.rows, names: all },
    column: (name) => {
      const j = all.indexOf(name)
      return Float64Array.from({ length: x.rows }, (_, i) => x.data[i * x.cols + j]!)
    },
    take: (numbers) => {
      const data = new Float32Array(numbers.length * x.cols)
      for (const [i, row] of numbers.entries()) {
        data.set(x.data.subarray(row * x.cols, (row + 1) * x.cols) as Float32Array, i * x.cols)
      }
      return new Matrix(data, numbers.length, x.cols)
    },
  }
}

function ofTable(x: Table, names: readonly string[] | undefined): ReportRows {
  if (names !== undefined) throw new ArgumentError('The option columns is for rows of numbers: these have names.')
  return {
    ...{ x, count: x.rows, names: x.names },
    column: (name) => x.column(name),
    take: (numbers) => takeRows(x, numbers),
  }
}

/** Some rows of a table, in this order. */
export function takeRows(table: Table, numbers: Uint32Array): Table {
  const columns = table.names.map((name) => {
    const values = table.column(name)
    const taken: ColumnLike =
      values instanceof Float64Array
        ? Float64Array.from(numbers, (row) => values[row]!)
        : Array.from(numbers, (row) => values[row])
    return [name, taken] as const
  })
  const kinds = Object.fromEntries(table.names.map((name) => [name, table.kind(name)]))
  return Table.from(Object.fromEntries(columns), { kinds })
}

/**
 * A table of rows whose columns may hold entries of several kinds, in steps: such a column becomes one of strings, which a
 * table model reads as it reads the entries.
 */
export async function tableOf(
  rows: readonly object[],
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Table> {
  return runBreathing(columnsInSteps(rows as readonly Readonly<Record<string, unknown>>[], names), signal)
}

function* columnsInSteps(rows: readonly Readonly<Record<string, unknown>>[], names: readonly string[]): Work<Table> {
  const columns: [string, ColumnLike][] = []
  for (const name of names) {
    const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null)) as CellValue[]
    const kinds = new Set(values.map(kindOf))
    kinds.delete('missing')
    columns.push([name, kinds.size > 1 ? values.map(wordOf) : values])
    yield
  }
  return yield* Table[fromColumnsInSteps](columns, new Map())
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'missing'
  return value instanceof Date ? 'date' : typeof value
}

function wordOf(value: unknown): string | null {
  if (kindOf(value) === 'missing') return null
  return value instanceof Date ? value.toISOString() : String(value)
}

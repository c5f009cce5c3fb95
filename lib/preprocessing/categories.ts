import { describe, invalid, mismatch } from '../base/check.js'
import type { MatrixLike } from '../base/matrix.js'
import { isFlatRow, isNumberArray, Matrix } from '../base/matrix.js'
import { readColumn } from '../table/column.js'
import { Table } from '../table/table.js'
import { Doubles } from './doubles.js'
import {
  checkRows,
  checkShape,
  type Features,
  isObject,
  isUnnamed,
  type ObjectRows,
  pickColumns,
  type Rows,
  toNamed,
} from './input.js'

/** A category; null is a missing one. */
export type Category = string | number | boolean | null

/** Rows of categories: null, undefined and NaN are missing. */
export type CategoricalInput = Table | MatrixLike | readonly (readonly (Category | undefined)[])[] | ObjectRows

/** A single row of categories: flat, or as a plain object. */
export type CategoricalRow = readonly (Category | undefined)[] | Readonly<Record<string, unknown>>

/** A table of categories by columns, each column of one kind. */
export interface CategoryColumns extends Rows {
  readonly values: readonly ArrayLike<unknown>[]
}

/**
 * Reads rows of categories.
 * @param fitFeatures the columns of fit, which the rows must have.
 * @throws ArgumentError for anything but a table of categories, for mixed kinds in a column, or for other columns than in fit.
 */
export function readCategories(x: unknown, name: string, fitFeatures?: Features): CategoryColumns {
  const columns = checkShape(read(toNamed(x), name, fitFeatures), name, fitFeatures)
  checkFiniteColumns(columns, name)
  return columns
}

/** Infinity is no category: it is assumed to be a mistake. */
function checkFiniteColumns({ values, names }: CategoryColumns, name: string): void {
  for (const [j, column] of values.entries()) {
    if (!(column instanceof Float64Array)) continue
    const row = column.findIndex((value) => Math.abs(value) === Infinity)
    if (row === -1) continue
    const at = names ? describe(names[j]) : `${j}`
    throw invalid(`row ${row}, column ${at} of ${name}`, 'a finite number, or NaN where it is missing', column[row])
  }
}

/** One row, flat or as a plain object; undefined for a table. */
export function readCategoryRow(x: unknown, name: string, fitFeatures: Features): CategoryColumns | undefined {
  if (x instanceof Doubles) return x.isRow ? readCategories(x, name, fitFeatures) : undefined
  if (isObject(x)) return readCategories(Table.fromRows([x]), name, fitFeatures)
  if (!isFlatRow(x)) return undefined
  if (x.length !== fitFeatures.nFeaturesIn) {
    throw mismatch(
      name,
      `a row of ${fitFeatures.nFeaturesIn} categories`,
      `${x.length}`,
      'For several rows give a table.',
    )
  }
  return readCategories([x], name, fitFeatures)
}

/** The category in row i; null if it is missing. */
export function categoryAt(values: ArrayLike<unknown>, i: number): Category {
  const value = values[i]
  if (value === undefined || Number.isNaN(value)) return null
  return value === 0 ? 0 : (value as Category) // -0 is 0
}

function read(x: unknown, name: string, fitFeatures: Features | undefined): CategoryColumns {
  if (x instanceof Table) return readTable(pickColumns(x, name, fitFeatures), name)
  if (x instanceof Matrix || x instanceof Doubles) return fromNumbers(x.data, x.cols)
  if (isNumberArray(x)) {
    const columns = fitFeatures?.nFeaturesIn ?? 1
    if (x.length % columns !== 0) throw mismatch(name, `a multiple of ${columns} numbers`, `${x.length} numbers`)
    return fromNumbers(x, columns)
  }
  const rows = checkRows(x, name)
  const columns = rows[0]?.length ?? 0
  const values = Array.from({ length: columns }, (_, j) => {
    const column = readColumn(
      rows.map((row) => row[j]),
      `${j}`,
    )
    if (column.kind === 'date') throw notDates(`${j}`, name)
    return column.values
  })
  return { rows: rows.length, columns, names: undefined, values }
}

function readTable(table: Table, name: string): CategoryColumns {
  const { names, rows } = table
  for (const column of names) if (table.kind(column) === 'date') throw notDates(column, name)
  return {
    rows,
    columns: names.length,
    names,
    unnamed: isUnnamed(table),
    values: names.map((column) => table.column(column)),
  }
}

function fromNumbers(data: ArrayLike<number>, columns: number): CategoryColumns {
  const rows = data.length / columns
  const values = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]!),
  )
  return { rows, columns, names: undefined, values }
}

function notDates(column: string, name: string) {
  const hint = 'Convert dates to strings or numbers first: the year, the day of the week.'
  return mismatch(`column ${describe(column)} of ${name}`, 'strings, numbers or booleans', 'dates', hint)
}

/** The order of categories: numbers by value, strings by code units, false before true, null last. */
export function compareCategories(a: Category, b: Category): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * One category of a parameter or a file; NaN becomes null.
 * @throws ArgumentError.
 */
export function readCategory(value: unknown, name: string): Category {
  if (value === null || Number.isNaN(value)) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value
  throw invalid(name, 'a string, a finite number, true, false or null', value)
}

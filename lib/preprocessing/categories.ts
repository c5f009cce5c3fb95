import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { describe, invalid, invalidEntry, mismatch } from '../base/check.js'
import type { MatrixLike } from '../base/matrix.js'
import { isFlatRow, isNumberArray, Matrix } from '../base/matrix.js'
import { readColumn } from '../table/column.js'
import { type ObjectRow, Table } from '../table/table.js'
import { Doubles } from './doubles.js'
import {
  checkRows,
  checkShape,
  type Features,
  isObject,
  isUnnamed,
  namesForObjects,
  type ObjectRows,
  pickColumns,
  type Rows,
  toNamed,
} from './input.js'
import { categoriesOf, categoriesOfRow, NamedCells, readObjectRow } from './named-cells.js'

/** A category; null is a missing one. */
export type Category = string | number | boolean | null

/** Rows of categories: null, undefined and NaN are missing. */
export type CategoricalInput = Table | MatrixLike | readonly (readonly (Category | undefined)[])[] | ObjectRows

/** A single row of categories: flat, or as a plain object. */
export type CategoricalRow = readonly (Category | undefined)[] | ObjectRow

/** A table of categories by columns, each column of one kind. */
export interface CategoryColumns extends Rows {
  readonly values: readonly ArrayLike<unknown>[]
}

/**
 * Reads rows of categories.
 * @param fitFeatures the columns of fit, which the rows must have.
 * @throws ArgumentError for anything but a table of categories, for mixed kinds in a column, or for other columns than in fit.
 */
export function* readCategories(x: unknown, name: string, fitFeatures?: Features): Work<CategoryColumns> {
  const named = yield* toNamed(x, fitFeatures)
  const columns = checkShape(yield* read(named, name, fitFeatures), name, fitFeatures)
  if (!(named instanceof NamedCells)) yield* checkFiniteColumns(columns, name)
  return columns
}

/** Infinity is no category: it is assumed to be a mistake. */
function* checkFiniteColumns({ values, names }: CategoryColumns, name: string): Work<void> {
  for (const [j, column] of values.entries()) {
    if (!(column instanceof Float64Array)) continue
    yield* rowBlocks(column.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) {
        if (Math.abs(column[row]!) !== Infinity) continue
        const place = { row, column: names?.[j] ?? j }
        throw invalidEntry(name, place, 'a finite number, or NaN where it is missing', column[row])
      }
    })
  }
}

/** One row, flat or as a plain object; undefined for a table. */
export function readCategoryRow(x: unknown, name: string, fitFeatures: Features): CategoryColumns | undefined {
  if (x instanceof NamedCells) return x.isRow ? readNamedRow(x, name, fitFeatures) : undefined
  if (x instanceof Doubles) return x.isRow ? runNow(readCategories(x, name, fitFeatures)) : undefined
  if (isObject(x)) return readNamedRow(readObjectRow(x, namesForObjects(fitFeatures)), name, fitFeatures)
  if (!isFlatRow(x)) return undefined
  if (x.length !== fitFeatures.nFeaturesIn) {
    throw mismatch(
      name,
      `a row of ${fitFeatures.nFeaturesIn} categories`,
      `${x.length}`,
      'For several rows give a table.',
    )
  }
  return runNow(readCategories([x], name, fitFeatures))
}

function readNamedRow(x: NamedCells, name: string, { featureNamesIn }: Features): CategoryColumns {
  const row = featureNamesIn ? x.inOrder(featureNamesIn) : x
  return { rows: 1, columns: row.columns, names: featureNamesIn, values: categoriesOfRow(row, name) }
}

/** The category in row i; null if it is missing. */
export function categoryAt(values: ArrayLike<unknown>, i: number): Category {
  const value = values[i]
  if (value === undefined || Number.isNaN(value)) return null
  return value === 0 ? 0 : (value as Category) // -0 is 0
}

function* read(x: unknown, name: string, fitFeatures: Features | undefined): Work<CategoryColumns> {
  if (x instanceof NamedCells) {
    const cells = fitFeatures?.featureNamesIn ? x.inOrder(fitFeatures.featureNamesIn) : x
    const { rows, columns, names } = cells
    return { rows, columns, names, values: yield* categoriesOf(cells, name) }
  }
  if (x instanceof Table) return readTable(pickColumns(x, name, fitFeatures), name)
  if (x instanceof Matrix || x instanceof Doubles) return yield* fromNumbers(x.data, x.cols)
  if (isNumberArray(x)) {
    const columns = fitFeatures?.nFeaturesIn ?? 1
    if (x.length % columns !== 0) throw mismatch(name, `a multiple of ${columns} numbers`, `${x.length} numbers`)
    return yield* fromNumbers(x, columns)
  }
  const rows = yield* checkRows(x, name)
  const columns = rows[0]?.length ?? 0
  const values: ArrayLike<unknown>[] = []
  for (let j = 0; j < columns; j++) {
    const entries = new Array<unknown>(rows.length)
    yield* rowBlocks(rows.length, 1, (begin, end) => {
      for (let i = begin; i < end; i++) entries[i] = rows[i]![j]
    })
    const column = yield* readColumn(entries, `${j}`)
    if (column.kind === 'date') throw notDates(`${j}`, name)
    values.push(column.values)
  }
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

function* fromNumbers(data: ArrayLike<number>, columns: number): Work<CategoryColumns> {
  const rows = data.length / columns
  const values: Float64Array[] = []
  for (let j = 0; j < columns; j++) {
    const column = new Float64Array(rows)
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let i = begin; i < end; i++) column[i] = data[i * columns + j]!
    })
    values.push(column)
  }
  return { rows, columns, names: undefined, values }
}

function notDates(column: string, name: string) {
  const hint = 'Convert dates to strings or numbers first: the year, the day of the week.'
  return mismatch(`column ${describe(column)} of ${name}`, 'strings, numbers or booleans', 'dates', hint, { column })
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

import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix, type MatrixLike } from '../base/matrix.js'
import { fromRowsInSteps, type ObjectRow, Table } from '../table/table.js'
import { Doubles } from './doubles.js'
import { missingColumn, NamedCells, readObjects } from './named-cells.js'

/** Rows as plain objects, whose keys are names of columns. */
export type ObjectRows = readonly ObjectRow[]

/** The columns in fit, which every transformer stores. */
export interface Features {
  readonly nFeaturesIn: number
  /** The names of the columns; undefined if the rows had none. */
  readonly featureNamesIn: readonly string[] | undefined
}

/** Tables of rows that came without names: their columns are called x0, x1, ... only within. */
const unnamed = new WeakSet<Table>()

/** Marks a table whose names do not come from the rows. */
export function withoutNames(table: Table): Table {
  unnamed.add(table)
  return table
}

/** Whether the rows of a table came without names. */
export function isUnnamed(table: Table): boolean {
  return unnamed.has(table)
}

/** Rows after reading: numbers or categories. */
export interface Rows {
  readonly rows: number
  readonly columns: number
  readonly names: readonly string[] | undefined
  /** Whether the names are not those of the rows, but for messages alone. */
  readonly unnamed?: boolean
}

/** Whether x is a sequence of batches: a sync or async iterable that is not itself a table. */
export function isStream(x: unknown): x is Iterable<unknown> | AsyncIterable<unknown> {
  if (x === null || typeof x !== 'object') return false
  if (Array.isArray(x) || ArrayBuffer.isView(x) || x instanceof Matrix || x instanceof Table) return false
  if (x instanceof Doubles || x instanceof NamedCells) return false
  return Symbol.iterator in x || Symbol.asyncIterator in x
}

/**
 * Plain objects before fit as a table, after fit by the names of its columns; other values unchanged.
 * @param fitFeatures the columns of fit; before fit undefined.
 * @throws ArgumentError for a row that is no object, or if the columns of fit had no names.
 */
export function* toNamed(x: unknown, fitFeatures?: Features): Work<unknown> {
  if (!Array.isArray(x) || !isObject(x[0])) return x
  return fitFeatures ? yield* readObjects(x, namesForObjects(fitFeatures)) : yield* Table[fromRowsInSteps](x)
}

/**
 * The columns of fit, to read plain objects by.
 * @throws ArgumentError if they had no names.
 */
export function namesForObjects({ featureNamesIn }: Features): readonly string[] {
  if (featureNamesIn) return featureNamesIn
  throw mismatch('x', 'rows of numbers, as in fit', 'plain objects', 'Fit with objects or a Table, which name columns.')
}

/** Whether x is a plain object. */
export function isObject(x: unknown): x is Readonly<Record<string, unknown>> {
  if (x === null || typeof x !== 'object' || Array.isArray(x) || ArrayBuffer.isView(x)) return false
  return (
    !(x instanceof Matrix) &&
    !(x instanceof Doubles) &&
    !(x instanceof NamedCells) &&
    !(x instanceof Table) &&
    !(x instanceof Date) &&
    !isStream(x)
  )
}

/**
 * The columns of fit, by name and in their order: ignores other columns. All columns before fit, or if those of fit had no
 * names.
 * @throws ArgumentError that names a missing column.
 */
export function pickColumns(table: Table, name: string, fitFeatures: Features | undefined): Table {
  return fitFeatures?.featureNamesIn ? selectColumns(table, fitFeatures.featureNamesIn, name) : table
}

/**
 * Some columns of a table.
 * @throws ArgumentError that names a missing column.
 */
export function selectColumns(table: Table, columns: readonly string[], name: string): Table {
  const present = new Set(table.names)
  const missing = columns.find((column) => !present.has(column))
  if (missing === undefined) return table.select(columns)
  throw missingColumn(name, undefined, missing)
}

/**
 * Checks that there are rows and columns, and as many columns as in fit.
 * @throws ArgumentError.
 */
export function checkShape<R extends Rows>(rows: R, name: string, fitFeatures: Features | undefined): R {
  if (rows.rows === 0 || rows.columns === 0) {
    throw new ArgumentError(`Expected at least one row and one column for ${name}, but it is empty.`)
  }
  if (fitFeatures && rows.columns !== fitFeatures.nFeaturesIn) {
    throw mismatch(name, `rows of ${fitFeatures.nFeaturesIn} columns, as in fit`, `rows of ${rows.columns}`)
  }
  return rows
}

/** The columns of rows, for the learned state. */
export function featuresOf({ columns, names, unnamed: withoutOwn = false }: Rows): Features {
  return { nFeaturesIn: columns, featureNamesIn: names && !withoutOwn ? Object.freeze([...names]) : undefined }
}

/**
 * The names of columns: those in fit, else `inputFeatures`, else x0, x1, ...
 * @throws ArgumentError for a wrong number of names, or for other names than those in fit.
 */
export function namesOf({ nFeaturesIn, featureNamesIn }: Features, inputFeatures?: readonly string[]): string[] {
  if (inputFeatures === undefined)
    return featureNamesIn ? [...featureNamesIn] : Array.from({ length: nFeaturesIn }, (_, j) => `x${j}`)
  if (!Array.isArray(inputFeatures)) throw invalid('inputFeatures', 'an array of names', inputFeatures)
  if (inputFeatures.length !== nFeaturesIn)
    throw mismatch('inputFeatures', `${nFeaturesIn} names`, `${inputFeatures.length}`)
  const other = featureNamesIn?.findIndex((name, j) => name !== inputFeatures[j]) ?? -1
  if (other === -1) return [...inputFeatures]
  throw invalid(`inputFeatures[${other}]`, `${describe(featureNamesIn![other])}, as in fit`, inputFeatures[other])
}

/**
 * Checks an array of rows of equal length.
 * @throws ArgumentError that names the wrong row.
 */
export function* checkRows(x: unknown, name: string): Work<readonly ArrayLike<unknown>[]> {
  if (!Array.isArray(x)) throw invalid(name, 'a Table, a Matrix, an array of rows or a flat typed array', x)
  yield* rowBlocks(x.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = x[i] as unknown
      if (!Array.isArray(row) && !(ArrayBuffer.isView(row) && !(row instanceof DataView))) {
        throw mismatch(`row ${i} of ${name}`, 'an array', describe(row), 'A table is an array of rows.', { row: i })
      }
      const { length } = row as ArrayLike<unknown>
      const first = (x[0] as ArrayLike<unknown>).length
      if (length === first) continue
      throw mismatch(`row ${i} of ${name}`, `${first} entries, as in row 0`, `${length}`, '', { row: i })
    }
  })
  return x
}

/** Rows of numbers; null and NaN are missing numbers. */
export type NumericInput = MatrixLike | Table | readonly (readonly (number | null)[])[] | ObjectRows

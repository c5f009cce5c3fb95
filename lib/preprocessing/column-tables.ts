import { ArgumentError } from '../base/errors.js'
import { Table } from '../table/table.js'
import { readCategories } from './categories.js'
import { Doubles } from './doubles.js'
import { checkShape, type Features, isObject, isStream, isUnnamed, namesOf } from './input.js'

/** Rows as a table; rows without names get columns x0, x1, ... */
export interface NamedTable {
  readonly table: Table
  readonly features: { readonly rows: number; readonly columns: number; readonly names: readonly string[] | undefined }
  /** The names of the columns in fit. */
  readonly names: readonly string[]
}

/**
 * Reads rows of any kinds.
 * @throws ArgumentError for anything but a table, or for another number of columns than in fit.
 */
export function toTable(x: unknown, fitFeatures: Features | undefined): NamedTable {
  if (isStream(x)) {
    throw new ArgumentError('Expected all rows at once for x: ColumnTransformer cannot learn from batches.')
  }
  const named = Array.isArray(x) && isObject(x[0]) ? Table.fromRows(x) : x
  if (named instanceof Table) {
    const features = {
      rows: named.rows,
      columns: named.names.length,
      names: isUnnamed(named) ? undefined : named.names,
    }
    const names = fitFeatures ? namesOf(fitFeatures) : named.names
    return { table: named, features: fitFeatures ? features : checkShape(features, 'x', undefined), names }
  }
  const { values, rows, columns } = readCategories(
    named,
    'x',
    fitFeatures && { ...fitFeatures, featureNamesIn: undefined },
  )
  const names = fitFeatures ? namesOf(fitFeatures) : values.map((_, j) => `x${j}`)
  const table = Table.from(Object.fromEntries(values.map((column, j) => [names[j]!, column as number[]])))
  return { table, features: { rows, columns, names: undefined }, names }
}

/** The results of parts, side by side. */
export function sideBySide(parts: readonly Doubles[], rows: number, isRow = false): Doubles {
  const columns = parts.reduce((sum, part) => sum + part.cols, 0)
  const out = new Doubles(new Float64Array(rows * columns), rows, columns, isRow)
  let at = 0
  for (const part of parts) {
    for (let i = 0; i < rows; i++)
      out.data.set(part.data.subarray(i * part.cols, (i + 1) * part.cols), i * columns + at)
    at += part.cols
  }
  return out
}

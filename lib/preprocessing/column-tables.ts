import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isFlatRow } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { readCategories } from './categories.js'
import { Doubles, type RowBuffer } from './doubles.js'
import type { Between } from './float64.js'
import { checkShape, type Features, isObject, isStream, isUnnamed, namesForObjects, namesOf, toNamed } from './input.js'
import { NamedCells, readObjectRow } from './named-cells.js'

/** Rows with the names of columns; rows without names get columns x0, x1, ... */
export interface NamedTable {
  readonly table: Table | NamedCells
  readonly features: { readonly rows: number; readonly columns: number; readonly names: readonly string[] | undefined }
  /** The names of the columns in fit. */
  readonly names: readonly string[]
}

/** The rows of fit, whose columns have kinds. */
export interface FitTable extends NamedTable {
  readonly table: Table
}

/** Reads the rows of fit. @throws as toTable does. */
export function* toFitTable(x: unknown): Work<FitTable> {
  const named = yield* toTable(x, undefined)
  if (named.table instanceof Table) return { ...named, table: named.table }
  return (yield* toTable(named.table.toObjects(), undefined)) as FitTable
}

/**
 * One row, flat or as a plain object; undefined for a table.
 * @throws ArgumentError for another number of entries than fit had columns.
 */
export function toNamedRow(x: unknown, fitFeatures: Features): NamedCells | undefined {
  if (x instanceof NamedCells) return x.isRow ? x.inOrder(namesForObjects(fitFeatures)) : undefined
  if (isObject(x)) return readObjectRow(x, namesForObjects(fitFeatures))
  const values = x instanceof Doubles && x.isRow ? x.data : isFlatRow(x) ? x : undefined
  if (!values) return undefined
  if (values.length === fitFeatures.nFeaturesIn) {
    return new NamedCells(values, 1, fitFeatures.featureNamesIn ?? namesOf(fitFeatures), true)
  }
  throw mismatch('x', `rows of ${fitFeatures.nFeaturesIn} columns, as in fit`, `rows of ${values.length}`)
}

/**
 * Reads rows of any kinds.
 * @throws ArgumentError for anything but a table, or for another number of columns than in fit.
 */
export function* toTable(x: unknown, fitFeatures: Features | undefined): Work<NamedTable> {
  if (isStream(x)) {
    throw new ArgumentError('Expected all rows at once for x: ColumnTransformer cannot learn from batches.')
  }
  const named = yield* toNamed(x, fitFeatures)
  if (named instanceof NamedCells) {
    const names = fitFeatures ? namesForObjects(fitFeatures) : named.names
    const table = named.inOrder(names)
    return { table, features: checkShape(table, 'x', fitFeatures), names }
  }
  if (named instanceof Table) {
    const features = {
      rows: named.rows,
      columns: named.names.length,
      names: isUnnamed(named) ? undefined : named.names,
    }
    const names = fitFeatures ? namesOf(fitFeatures) : named.names
    return { table: named, features: fitFeatures ? features : checkShape(features, 'x', undefined), names }
  }
  const unnamed = fitFeatures && { ...fitFeatures, featureNamesIn: undefined }
  const { values, rows, columns } = yield* readCategories(named, 'x', unnamed)
  const names = fitFeatures ? namesOf(fitFeatures) : values.map((_, j) => `x${j}`)
  const table = Table.from(Object.fromEntries(values.map((column, j) => [names[j]!, column as number[]])))
  return { table, features: { rows, columns, names: undefined }, names }
}

/**
 * The results of a part as numbers.
 * @throws ArgumentError for words.
 */
export function numbersOfPart(name: string, result: Between): Doubles {
  if (result instanceof Doubles) return result
  throw new ArgumentError(
    `Expected numbers from the part ${describe(name)} of ColumnTransformer, but it returns words. ` +
      'Make the part a pipeline that ends with an encoder, such as pipeline([new SimpleImputer(...), new OneHotEncoder()]).',
  )
}

/** The results of parts, side by side. */
export function* sideBySide(parts: readonly Doubles[], rows: number): Work<Doubles> {
  const columns = parts.reduce((sum, part) => sum + part.cols, 0)
  const out = new Doubles(new Float64Array(rows * columns), rows, columns)
  let at = 0
  for (const { data, cols } of parts) {
    yield* rowBlocks(rows, cols, (begin, end) => {
      for (let i = begin; i < end; i++) {
        for (let j = 0; j < cols; j++) out.data[i * columns + at + j] = data[i * cols + j]!
      }
    })
    at += cols
  }
  return out
}

/** The results of parts for a single row, in the memory of `buffer`. */
export function joinRow(parts: readonly Doubles[], buffer: RowBuffer): Doubles {
  let columns = 0
  for (const { cols } of parts) columns += cols
  const out = buffer.zeros(columns)
  let at = 0
  for (const { data } of parts) for (let j = 0; j < data.length; j++) out[at++] = data[j]!
  return new Doubles(out, 1, columns, true)
}

import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isFlatRow, isNumberArray, Matrix, type NumberArray } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { Doubles } from './doubles.js'
import { checkRows, checkShape, type Features, isObject, isUnnamed, pickColumns, type Rows, toNamed } from './input.js'

/** A table of numbers, row-major; NaN is a missing number. */
export interface Cells extends Rows {
  readonly data: NumberArray
}

/**
 * Reads rows of numbers without rounding them. Matrices and flat typed arrays are not copied.
 * @param fitFeatures the columns of fit, which the rows must have.
 * @throws ArgumentError for anything but a table of numbers, for infinity, or for other columns than in fit.
 */
export function readCells(x: unknown, name: string, fitFeatures?: Features): Cells {
  const cells = checkShape(read(toNamed(x), name, fitFeatures), name, fitFeatures)
  checkFinite(cells, name)
  return cells
}

/** One row, flat or as a plain object; undefined for a table. */
export function readRow(x: unknown, name: string, fitFeatures: Features): Cells | undefined {
  if (x instanceof Doubles) return x.isRow ? readCells(x, name, fitFeatures) : undefined
  if (isObject(x)) return readCells(Table.fromRows([x], { kinds: kindsOf(x, fitFeatures) }), name, fitFeatures)
  if (!isNumberArray(x) && !isFlatRow(x)) return undefined
  if (x.length !== fitFeatures.nFeaturesIn) {
    throw mismatch(name, `a row of ${fitFeatures.nFeaturesIn} numbers`, `${x.length}`, 'For several rows give a table.')
  }
  return readCells([x], name, fitFeatures)
}

/** Kinds for the null entries of a row: a lone null has no inferable type. */
function kindsOf(row: Readonly<Record<string, unknown>>, { featureNamesIn }: Features) {
  const missing = (featureNamesIn ?? []).filter((name) => Object.hasOwn(row, name) && row[name] === null)
  return Object.fromEntries(missing.map((name) => [name, 'number' as const]))
}

function read(x: unknown, name: string, fitFeatures: Features | undefined): Cells {
  if (x instanceof Matrix || x instanceof Doubles)
    return { data: x.data, rows: x.rows, columns: x.cols, names: undefined }
  if (x instanceof Table) return readTable(pickColumns(x, name, fitFeatures), name)
  if (isNumberArray(x)) {
    const columns = fitFeatures?.nFeaturesIn ?? 1
    if (x.length % columns !== 0) throw mismatch(name, `a multiple of ${columns} numbers`, `${x.length} numbers`)
    return { data: x, rows: x.length / columns, columns, names: undefined }
  }
  const rows = checkRows(x, name)
  const columns = rows[0]?.length ?? 0
  const data = new Float64Array(rows.length * columns)
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < columns; j++) {
      const value = row[j]
      if (typeof value === 'number') data[i * columns + j] = value
      else if (value === null || value === undefined) data[i * columns + j] = Number.NaN
      else throw invalid(`row ${i}, column ${j} of ${name}`, 'a number or null', value)
    }
  }
  return { data, rows: rows.length, columns, names: undefined }
}

function readTable(table: Table, name: string): Cells {
  const { names, rows } = table
  const data = new Float64Array(rows * names.length)
  for (const [j, column] of names.entries()) {
    const kind = table.kind(column)
    if (kind !== 'number' && kind !== 'boolean') {
      const hint = 'Encode it, or apply the transformer to other columns with a ColumnTransformer.'
      throw mismatch(`column ${describe(column)} of ${name}`, 'numbers or booleans', `${kind}s`, hint)
    }
    const values = table.column(column)
    for (let i = 0; i < rows; i++) {
      const value = values[i] as number | boolean | null
      data[i * names.length + j] = value === null ? Number.NaN : Number(value)
    }
  }
  return { data, rows, columns: names.length, names, unnamed: isUnnamed(table) }
}

/** NaN is a missing number, infinity a mistake. */
function checkFinite({ data, columns, names }: Cells, name: string): void {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return
  for (let k = 0; k < data.length; k++) {
    if (Math.abs(data[k]!) !== Infinity) continue
    const at = names ? describe(names[k % columns]) : `${k % columns}`
    throw new ArgumentError(
      `Expected finite numbers, or NaN for missing ones, for ${name}, but row ${Math.floor(k / columns)}, ` +
        `column ${at} is ${data[k]}. Replace or drop such values first.`,
    )
  }
}

import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { describe, invalidEntry, mismatch, placeText } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isFlatRow, isNumberArray, Matrix, type NumberArray } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { Doubles } from './doubles.js'
import {
  checkRows,
  checkShape,
  type Features,
  isObject,
  isUnnamed,
  namesForObjects,
  pickColumns,
  type Rows,
  toNamed,
} from './input.js'
import { NamedCells, numbersOf, readObjectRow, writeNumbers } from './named-cells.js'

/** A table of numbers, row-major; NaN is a missing number. */
export interface Cells extends Rows {
  readonly data: NumberArray
}

/**
 * Reads rows of numbers without rounding them. Matrices and flat typed arrays are not copied.
 * @param fitFeatures the columns of fit, which the rows must have.
 * @throws ArgumentError for anything but a table of numbers, for infinity, or for other columns than in fit.
 */
export function* readCells(x: unknown, name: string, fitFeatures?: Features): Work<Cells> {
  const named = yield* toNamed(x, fitFeatures)
  const cells = checkShape(yield* read(named, name, fitFeatures), name, fitFeatures)
  yield* checkFinite(cells, name)
  return cells
}

/** One row, flat or as a plain object; undefined for a table. */
export function readRow(x: unknown, name: string, fitFeatures: Features): Cells | undefined {
  if (x instanceof NamedCells) return x.isRow ? readNamedRow(x, name, fitFeatures) : undefined
  if (x instanceof Doubles) return x.isRow ? runNow(readCells(x, name, fitFeatures)) : undefined
  if (isObject(x)) return readNamedRow(readObjectRow(x, namesForObjects(fitFeatures)), name, fitFeatures)
  if (!isNumberArray(x) && !isFlatRow(x)) return undefined
  if (x.length !== fitFeatures.nFeaturesIn) {
    throw mismatch(name, `a row of ${fitFeatures.nFeaturesIn} numbers`, `${x.length}`, 'For several rows give a table.')
  }
  return runNow(readCells([x], name, fitFeatures))
}

function readNamedRow(x: NamedCells, name: string, fitFeatures: Features): Cells {
  const row = fitFeatures.featureNamesIn ? x.inOrder(fitFeatures.featureNamesIn) : x
  const data = new Float64Array(row.columns)
  writeNumbers(row, name, 0, 1, data)
  const cells = { data, rows: 1, columns: row.columns, names: fitFeatures.featureNamesIn }
  if (!data.includes(Infinity) && !data.includes(-Infinity)) return cells
  runNow(checkFinite(cells, name))
  return cells
}

function* read(x: unknown, name: string, fitFeatures: Features | undefined): Work<Cells> {
  if (x instanceof NamedCells) {
    const cells = fitFeatures?.featureNamesIn ? x.inOrder(fitFeatures.featureNamesIn) : x
    const { rows, columns, names } = cells
    return { data: yield* numbersOf(cells, name), rows, columns, names }
  }
  if (x instanceof Matrix || x instanceof Doubles)
    return { data: x.data, rows: x.rows, columns: x.cols, names: undefined }
  if (x instanceof Table) return yield* readTable(pickColumns(x, name, fitFeatures), name)
  if (isNumberArray(x)) {
    const columns = fitFeatures?.nFeaturesIn ?? 1
    if (x.length % columns !== 0) throw mismatch(name, `a multiple of ${columns} numbers`, `${x.length} numbers`)
    return { data: x, rows: x.length / columns, columns, names: undefined }
  }
  const rows = yield* checkRows(x, name)
  const columns = rows[0]?.length ?? 0
  const data = new Float64Array(rows.length * columns)
  yield* rowBlocks(rows.length, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = rows[i]!
      for (let j = 0; j < columns; j++) {
        const value = row[j]
        if (typeof value === 'number') data[i * columns + j] = value
        else if (value === null || value === undefined) data[i * columns + j] = Number.NaN
        else throw invalidEntry(name, { row: i, column: j }, 'a number or null', value)
      }
    }
  })
  return { data, rows: rows.length, columns, names: undefined }
}

function* readTable(table: Table, name: string): Work<Cells> {
  const { names, rows } = table
  const data = new Float64Array(rows * names.length)
  for (const [j, column] of names.entries()) {
    const kind = table.kind(column)
    if (kind !== 'number' && kind !== 'boolean') {
      const hint = 'Encode it, or apply the transformer to other columns with a ColumnTransformer.'
      const row = Array.prototype.findIndex.call(table.column(column), (value) => value !== null)
      const place = { row: row === -1 ? undefined : row, column }
      throw mismatch(`column ${describe(column)} of ${name}`, 'numbers or booleans', `${kind}s`, hint, place)
    }
    const values = table.column(column)
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const value = values[i] as number | boolean | null
        data[i * names.length + j] = value === null ? Number.NaN : Number(value)
      }
    })
  }
  return { data, rows, columns: names.length, names, unnamed: isUnnamed(table) }
}

/** NaN is a missing number, infinity a mistake. */
function* checkFinite({ data, rows, columns, names }: Cells, name: string): Work<void> {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let k = begin * columns; k < end * columns; k++) {
      if (Math.abs(data[k]!) !== Infinity) continue
      const place = { row: Math.floor(k / columns), column: names?.[k % columns] ?? k % columns }
      throw new ArgumentError(
        `Expected finite numbers, or NaN for missing ones, for ${name}, but ${placeText(place)} is ${data[k]}. ` +
          'Replace or drop such values first.',
        place,
      )
    }
  })
}

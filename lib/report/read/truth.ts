import { checkNumber, describe, invalid, mismatch } from '../../base/check.js'
import { Matrix, type MatrixLike, toTable } from '../../base/matrix.js'
import { argMax } from '../../math/arg-max.js'
import { readNumber } from '../../tabular/cells.js'
import type { Task } from './subject.js'

/** The truth of each row: the number of its class, or a number. */
export type Truth =
  | { readonly name: 'classes'; readonly labels: Int32Array }
  | { readonly name: 'numbers'; readonly values: Float64Array }

/**
 * Reads y, one label or number for each row, or one-hot rows.
 * @param numbers the rows that count.
 * @throws ArgumentError for a label that is none of the classes, or a wrong number of rows.
 */
export function truthOf(task: Task, y: unknown, rows: number, numbers: Uint32Array): Truth {
  const length = y instanceof Matrix ? y.rows : (Object(y) as { length?: number }).length
  if (typeof y !== 'object' || length === undefined) throw invalid('y', 'an array of labels or numbers', y)
  if (length !== rows) throw mismatch('y', `${rows} entries, as many as x has rows`, `${length}`)
  const name = (i: number) => `row ${numbers[i]} of y`
  const entries = Array.from(numbers, (i): unknown => (y instanceof Matrix ? y.row(i) : (y as ArrayLike<unknown>)[i]))
  const isFlat = typeof entries[0] !== 'object'
  if (task.name === 'numbers') {
    const values = isFlat
      ? entries
      : entries.map((row) => ((row as ArrayLike<unknown>)?.length === 1 ? (row as ArrayLike<unknown>)[0] : row))
    return { name: 'numbers', values: Float64Array.from(values, (value, i) => checkNumber(value, name(i))) }
  }
  if (isFlat) return { name: 'classes', labels: labelsOf(task, entries, name) }
  const { data, columns } = toTable(entries as unknown as MatrixLike, 'y')
  if (columns === task.classes.length) {
    const row = (i: number) => data.subarray(i * columns, (i + 1) * columns)
    return { name: 'classes', labels: Int32Array.from(numbers, (_, i) => argMax(row(i))) }
  }
  if (columns !== 1) throw mismatch('y', `one label for each row, or ${task.classes.length} columns`, `${columns}`)
  return { name: 'classes', labels: labelsOf(task, data, name) }
}

/**
 * Reads the cells of a target, as a table model does: a number as a word is the number.
 * @param numbers the number of each row, for messages.
 * @throws ArgumentError with row and column for a missing cell, or one that does not fit.
 */
export function truthOfCells(task: Task, cells: readonly unknown[], numbers: Uint32Array, target: string): Truth {
  const place = (i: number) => ({ row: numbers[i]!, column: target })
  const name = (i: number) => `row ${numbers[i]}, column ${describe(target)} of rows`
  if (task.name === 'classes') {
    return { name: 'classes', labels: labelsOf({ classes: task.classes.map(String) }, cells.map(String), name) }
  }
  const values = Float64Array.from(cells, (cell, i) => {
    const number = typeof cell === 'boolean' ? undefined : readNumber(cell)
    if (number !== undefined && Number.isFinite(number)) return number
    throw mismatch(name(i), 'a number', describe(cell), '', place(i))
  })
  return { name: 'numbers', values }
}

function labelsOf(
  { classes, isNumbered = false }: { readonly classes: readonly unknown[]; readonly isNumbered?: boolean },
  values: ArrayLike<unknown>,
  name: (i: number) => string,
): Int32Array {
  const places = new Map<unknown, number>(isNumbered ? classes.map((_, k) => [k, k]) : [])
  for (const [k, label] of classes.entries()) places.set(label, k)
  return Int32Array.from({ length: values.length }, (_, i) => {
    const place = places.get(values[i])
    if (place !== undefined) return place
    const some = classes.slice(0, 10).map(describe).join(', ')
    throw invalid(name(i), `one of the classes ${some}${classes.length > 10 ? ', ...' : ''}`, values[i])
  })
}

import { describe, invalidEntry, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { classesOf, type Label } from '../learning/labels.js'
import { type CellColumn, tag } from './cell-column.js'
import { readNumber } from './cells.js'

/** Targets that are classes: their labels, sorted, and the number of each row's. */
export interface ClassTargets {
  readonly classes: readonly Label[]
  readonly numbers: Int32Array
}

/** From this number of rows on, classes that are all different are taken for a mistake. */
const leastForDifferent = 3

/**
 * Reads labels to train with: strings, whole numbers or booleans.
 * @throws ArgumentError with row and column for a missing label or one of another type, and for labels that cannot be learned:
 * of one class, or all different.
 */
export function readClassTargets(column: CellColumn): ClassTargets {
  const { name, length } = column
  const labels = Array.from({ length }, (_, row) => labelAt(column, row))
  const type = typeof labels[0]
  const other = labels.findIndex((label) => typeof label !== type)
  if (other > 0) {
    const hint = 'All labels are of one type.'
    throw invalidEntry(
      'rows',
      { row: column.rowAt(other), column: name },
      `a ${type}, as in row 0`,
      labels[other],
      hint,
    )
  }
  const classes = classesOf(labels)
  if (classes.length === 1) {
    throw mismatch(`the target ${describe(name)}`, 'at least two classes', `${describe(classes[0])} alone`, '', {
      column: name,
    })
  }
  if (classes.length === length && length >= leastForDifferent) {
    const hint = type === 'number' ? 'Use TabularRegressor for numbers.' : 'Is it an id?'
    throw mismatch(`the target ${describe(name)}`, 'classes that recur', `${length} rows with different labels`, hint, {
      column: name,
    })
  }
  return { classes, numbers: numbersOf(labels, classes) }
}

function labelAt(column: CellColumn, row: number): Label {
  const value = column.valueAt(row)
  if (value !== null && !(value instanceof Date) && (typeof value !== 'number' || Number.isInteger(value))) return value
  const isFraction = typeof value === 'number'
  const hint = isFraction ? 'Use TabularRegressor for numbers.' : value === null ? 'Leave the row out.' : ''
  throw invalidEntry(
    'rows',
    { row: column.rowAt(row), column: column.name },
    'a label: a string, a whole number, true or false',
    value,
    hint,
  )
}

function numbersOf(labels: readonly Label[], classes: readonly Label[]): Int32Array {
  const places = new Map(classes.map((label, k) => [label, k]))
  return Int32Array.from(labels, (label) => places.get(label)!)
}

/**
 * Reads labels to evaluate or validate with. A number or a boolean as a word stands for it where the classes have that type.
 * @throws ArgumentError with row and column for a missing label, or one that is none of the classes.
 */
export function readKnownLabels(column: CellColumn, classes: readonly Label[]): ClassTargets {
  const byWord = new Map(classes.map((label, k) => [String(label), k]))
  const numbers = new Int32Array(column.length)
  for (let row = 0; row < numbers.length; row++) {
    const value = column.valueAt(row)
    const place = value === null || value instanceof Date ? undefined : byWord.get(String(value))
    if (place === undefined) {
      const some = classes.slice(0, 10).map(describe).join(', ')
      const expected = `one of the classes ${some}${classes.length > 10 ? ', ...' : ''}`
      throw invalidEntry('rows', { row: column.rowAt(row), column: column.name }, expected, value)
    }
    numbers[row] = place
  }
  return { classes, numbers }
}

/**
 * Reads numbers to train or evaluate with; words such as "12" too.
 * @throws ArgumentError with row and column for anything else.
 */
export function readNumberTargets(column: CellColumn): Float64Array {
  return Float64Array.from({ length: column.length }, (_, row) => {
    const value = column.valueAt(row)
    const number = column.tags[row] === tag.truth ? undefined : readNumber(value)
    if (number !== undefined && !Number.isNaN(number)) return number
    const hint = value === null ? 'Leave the row out.' : 'Use TabularClassifier for labels.'
    throw invalidEntry('rows', { row: column.rowAt(row), column: column.name }, 'a number', value, hint)
  })
}

/** @throws ArgumentError for numbers that are all equal. */
export function checkVaries(numbers: Float64Array, name: string): void {
  if (numbers.some((number) => number !== numbers[0])) return
  throw new ArgumentError(
    `Expected different numbers for the target ${describe(name)}, but all ${numbers.length} rows have ${numbers[0]}.`,
    { column: name },
  )
}

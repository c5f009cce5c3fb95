import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, type NumberArray } from '../base/matrix.js'

/** What a class may be called. */
export type Label = string | number | boolean

/** One label a row. */
export type LabelsLike<C extends Label = Label> = readonly C[] | NumberArray

/**
 * Labels of one type: strings, finite numbers or booleans.
 * @param rows how many there must be.
 * @throws ArgumentError that names the first row with something else.
 */
export function readLabels(y: unknown, name: string, rows?: number): Label[] {
  if (!Array.isArray(y) && !isNumberArray(y)) throw invalid(name, 'an array of labels', y)
  const given = y as ArrayLike<unknown>
  if (given.length === 0) throw new ArgumentError(`Expected at least one label for ${name}, but it is empty.`)
  if (rows !== undefined && given.length !== rows) {
    throw mismatch(name, `${rows} labels, as many as x has rows`, `${given.length}`)
  }
  const type = typeof given[0]
  const labels = new Array<Label>(given.length)
  for (let row = 0; row < labels.length; row++) {
    const label = given[row]
    if (!isLabel(label)) throw invalid(`row ${row} of ${name}`, 'a string, a finite number, true or false', label)
    if (typeof label !== type) {
      const hint = 'All labels are of one type.'
      throw invalid(`row ${row} of ${name}`, `a ${type}, as in row 0`, label, hint)
    }
    labels[row] = label === 0 ? 0 : label // -0 is 0
  }
  return labels
}

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/** The labels that there are, each once: numbers by size, strings by their code units, false before true. */
export function classesOf(labels: readonly Label[]): Label[] {
  return [...new Set(labels)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/**
 * The classes of a problem, sorted: at least two.
 * @throws ArgumentError for fewer, which leave nothing to tell apart.
 */
export function readClasses(labels: unknown, name: string): Label[] {
  const classes = classesOf(readLabels(labels, name))
  if (classes.length > 1) return classes
  throw mismatch(name, 'labels of at least two classes', `one class, ${describe(classes[0])}, alone`)
}

/**
 * The number of each label's class.
 * @throws ArgumentError that names the first row with another label.
 */
export function encodeLabels(labels: readonly Label[], classes: readonly Label[], name: string): Int32Array {
  const numberOf = new Map(classes.map((label, k) => [label, k]))
  const numbers = new Int32Array(labels.length)
  for (let row = 0; row < numbers.length; row++) {
    const number = numberOf.get(labels[row]!)
    if (number === undefined) {
      const known = classes.slice(0, 10).map(describe).join(', ')
      const which = `one of the classes ${known}${classes.length > 10 ? ', ...' : ''}`
      throw invalid(`row ${row} of ${name}`, which, labels[row])
    }
    numbers[row] = number
  }
  return numbers
}

/** Classes in messages must be the same, in the same order. */
export function sameClasses(a: readonly Label[], b: readonly Label[]): boolean {
  return a.length === b.length && a.every((label, k) => label === b[k])
}

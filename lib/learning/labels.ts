import { findInSteps, rowBlocks, runNow, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { checkAttached, isNumberArray, type NumberArray } from '../base/matrix.js'
import { sortInSteps } from '../math/sort-in-steps.js'

/** The label of a class. */
export type Label = string | number | boolean

/** Labels, one for each row. */
export type LabelsLike<C extends Label = Label> = readonly C[] | NumberArray

/** The type of the labels in y: that of an array's entries, numbers in a typed array. */
export type LabelOf<Y> = Y extends readonly (infer C extends Label)[] ? C : number

/** `string` for literal strings, and so on: the labels of other rows may be of other classes. */
export type Widened<C> = C extends string ? string : C extends number ? number : C extends boolean ? boolean : C

/** What `fit` resolves to: `Own` if the type of the labels was declared, else `Inferred`, which has that of y. */
export type FittedTo<C, Own, Inferred> = [C, Label] extends [Label, C] ? Inferred : Own

/**
 * Reads labels of one type: strings, finite numbers or booleans.
 * @param rows the number of labels that there must be.
 * @throws ArgumentError that names the first row with another value.
 */
export function readLabels(y: unknown, name: string, rows?: number): Label[] {
  return copyOf(runNow(checkLabels(y, name, rows)))
}

/** Checks labels as readLabels does, and returns y. */
export function* checkLabels(y: unknown, name: string, rows?: number): Work<ArrayLike<Label>> {
  if (!Array.isArray(y) && !isNumberArray(y)) throw invalid(name, 'an array of labels', y)
  if (isNumberArray(y)) checkAttached(y, name)
  const entries = y as ArrayLike<unknown>
  if (entries.length === 0) throw new ArgumentError(`Expected at least one label for ${name}, but it is empty.`)
  if (rows !== undefined && entries.length !== rows) {
    throw mismatch(name, `${rows} labels, as many as x has rows`, `${entries.length}`)
  }
  const type = typeof entries[0]
  const wrong = yield* findInSteps(entries.length, (row) => !isLabel(entries[row]) || typeof entries[row] !== type)
  if (wrong === -1) return entries as ArrayLike<Label>
  const label = entries[wrong]
  if (!isLabel(label)) throw invalid(`row ${wrong} of ${name}`, 'a string, a finite number, true or false', label)
  throw invalid(`row ${wrong} of ${name}`, `a ${type}, as in row 0`, label, 'All labels are of one type.')
}

/**
 * Reads labels of classes: a number with a fraction is none.
 * @param hint what to do about numbers with fractions.
 * @throws ArgumentError that names the first row with another value.
 */
export function readClassLabels(y: unknown, name: string, rows?: number, hint = regressionHint): Label[] {
  return copyOf(runNow(checkClassLabels(y, name, rows, hint)))
}

/** Checks labels as readClassLabels does, and returns y. */
export function* checkClassLabels(
  y: unknown,
  name: string,
  rows?: number,
  hint = regressionHint,
): Work<ArrayLike<Label>> {
  const labels = yield* checkLabels(y, name, rows)
  if (typeof labels[0] !== 'number') return labels
  const fraction = yield* findInSteps(labels.length, (row) => !Number.isInteger(labels[row]))
  if (fraction === -1) return labels
  throw invalid(`row ${fraction} of ${name}`, 'the label of a class', labels[fraction], hint)
}

const regressionHint =
  'Numbers with fractions are the targets of a regression: use a regressor, or convert them to labels.'

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

/** A copy in which -0 is 0. */
function copyOf(labels: ArrayLike<Label>): Label[] {
  return Array.from(labels, (label) => (label === 0 ? 0 : label))
}

/** The different labels, sorted: numbers by size, strings by their code units, false before true. */
export function classesOf(labels: ArrayLike<Label>): Label[] {
  return runNow(findClasses(labels))
}

/** `classesOf` in steps. */
export function* findClasses(labels: ArrayLike<Label>): Work<Label[]> {
  const classes = new Set<Label>() // in which -0 is 0
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) classes.add(labels[row]!)
  })
  return yield* sortInSteps([...classes], (a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/**
 * The classes of labels, sorted.
 * @throws ArgumentError for fewer than two.
 */
export function readClasses(labels: unknown, name: string): Label[] {
  const classes = classesOf(readLabels(labels, name))
  if (classes.length > 1) return classes
  throw mismatch(name, 'labels of at least two classes', `one class, ${describe(classes[0])}, alone`)
}

/**
 * The class number of each label.
 * @throws ArgumentError that names the first row whose label is not among the classes.
 */
export function encodeLabels(labels: ArrayLike<Label>, classes: readonly Label[], name: string): Int32Array {
  return runNow(numberLabels(labels, classes, name))
}

/** `encodeLabels` in steps. */
export function* numberLabels(
  labels: ArrayLike<Label>,
  classes: readonly Label[],
  name: string,
): Work<Int32Array<ArrayBuffer>> {
  const numbers = yield* findNumbers(labels, classes)
  const unknown = yield* findInSteps(numbers.length, (row) => numbers[row] === -1)
  if (unknown === -1) return numbers
  const first = classes.slice(0, 10).map(describe).join(', ')
  const expected = `one of the classes ${first}${classes.length > 10 ? ', ...' : ''}`
  throw invalid(`row ${unknown} of ${name}`, expected, labels[unknown])
}

/** The class number of each label, -1 for one that is not among the classes. */
export function* findNumbers(labels: ArrayLike<Label>, classes: readonly Label[]): Work<Int32Array<ArrayBuffer>> {
  const numberOf = new Map<Label, number>()
  yield* rowBlocks(classes.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) numberOf.set(classes[k]!, k)
  })
  const numbers = new Int32Array(labels.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) numbers[row] = numberOf.get(labels[row]!) ?? -1
  })
  return numbers
}

/** Whether two lists hold the same classes in the same order. */
export function sameClasses(a: readonly Label[], b: readonly Label[]): boolean {
  return a.length === b.length && a.every((label, k) => label === b[k])
}

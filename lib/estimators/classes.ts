import { invalid } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { classesOf, encodeLabels, type Label, readClasses, readClassLabels, sameClasses } from '../learning/labels.js'

/** Class numbers of training rows. */
export interface EncodedLabels {
  /** Sorted. */
  classes: readonly Label[]
  /** The class of each row, an index into `classes`. */
  numbers: Int32Array
}

/**
 * Reads one label a row to train with.
 * @param classes the classes that labels must be of; the labels themselves decide if undefined.
 * @throws ArgumentError that names the row of a wrong label or of a number with a fraction, or for labels of one class alone.
 */
export function encodeTrainingLabels(y: unknown, rows: number, classes?: readonly Label[]): EncodedLabels {
  const labels = readClassLabels(y, 'y', rows)
  const all = classes ?? readClasses(classesOf(labels), 'y')
  return { classes: all, numbers: encodeLabels(labels, all, 'y') }
}

/** @throws ArgumentError where the labels of a warm start are of other classes than those of the fit before. */
export function checkWarmClasses(classes: readonly Label[], before: readonly Label[]): void {
  if (sameClasses(classes, before)) return
  throw new ArgumentError('Expected y to have the classes of the fit before with warmStart, but it has others.')
}

/**
 * The classes of a partialFit: those of the fit before, or the option `classes`, which the first call needs.
 * @throws ArgumentError where both are missing, or differ.
 */
export function readPartialClasses(option: unknown, before: readonly Label[] | undefined): readonly Label[] {
  const classes = option === undefined ? undefined : readClasses(readClassLabels(option, 'classes'), 'classes')
  if (before) {
    if (!classes || sameClasses(classes, before)) return before
    throw invalid('classes', 'the classes of the fit before', option)
  }
  if (classes) return classes
  throw invalid('classes', 'an array of all labels, as the first partialFit needs it', undefined)
}

/**
 * Classes from a file: of one type, sorted, at least two.
 * @throws FormatError, ArgumentError.
 */
export function restoreClasses(value: unknown): readonly Label[] {
  const classes = readClasses(value, 'classes')
  if (sameClasses(classes, value as Label[])) return classes
  throw new FormatError('Its classes are not sorted, or not all different.')
}

/** Outputs of rows, row-major: one a class; with two classes, one that stands for the second class. */
export interface Outputs {
  readonly data: Float64Array | Float32Array
  readonly columns: number
}

/**
 * The label of each row: of several outputs the class of the largest, the first of equal ones.
 * @param threshold with two classes, the output above which the label is the second.
 */
export function labelsFrom({ data, columns }: Outputs, classes: readonly Label[], threshold: number): Label[] {
  const labels = new Array<Label>(data.length / columns)
  for (let i = 0; i < labels.length; i++) {
    labels[i] = classes[columns === 1 ? Number(data[i]! > threshold) : largest(data, i * columns, columns)]!
  }
  return labels
}

function largest(numbers: Float64Array | Float32Array, begin: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (numbers[begin + k]! > numbers[begin + best]!) best = k
  return best
}

/** The share of rows, by weight, whose label is right; a row of several labels is right if all are. */
export function accuracy(
  truth: readonly unknown[],
  predicted: readonly unknown[],
  weights: Float64Array | undefined,
): number {
  let [right, all] = [0, 0]
  for (let i = 0; i < truth.length; i++) {
    const weight = weights?.[i] ?? 1
    if (isSame(truth[i], predicted[i])) right += weight
    all += weight
  }
  return right / all
}

function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.every((value, k) => value === b[k])
}

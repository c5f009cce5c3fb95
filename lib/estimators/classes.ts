import { rowBlocks, type Work } from '../base/breathing.js'
import { invalid } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import {
  checkClassLabels,
  findClasses,
  type Label,
  numberLabels,
  readClasses,
  readClassLabels,
  sameClasses,
} from '../learning/labels.js'

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
export function* encodeTrainingLabels(y: unknown, rows: number, classes?: readonly Label[]): Work<EncodedLabels> {
  const labels = yield* checkClassLabels(y, 'y', rows)
  const all = classes ?? readClasses(yield* findClasses(labels), 'y')
  return { classes: all, numbers: yield* numberLabels(labels, all, 'y') }
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
 * The class number of each row: of several outputs that of the largest, the first of equal ones. Where a row can have several
 * labels (`each`), 0 or 1 for each of them.
 * @param threshold of the output of a label of its own (with two classes that of the second), above which a row has it.
 */
export function* classNumbersFrom(
  { data, columns }: Outputs,
  threshold: number,
  each = false,
): Work<Int32Array<ArrayBuffer>> {
  const isOwn = each || columns === 1
  const numbers = new Int32Array(isOwn ? data.length : data.length / columns)
  yield* rowBlocks(numbers.length, isOwn ? 1 : columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      numbers[i] = isOwn ? Number(data[i]! > threshold) : largest(data, i * columns, columns)
    }
  })
  return numbers
}

/** The label of each row, as classNumbersFrom has its number. */
export function* labelsFrom(outputs: Outputs, classes: readonly Label[], threshold: number): Work<Label[]> {
  const numbers = yield* classNumbersFrom(outputs, threshold)
  const labels = new Array<Label>(numbers.length)
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) labels[i] = classes[numbers[i]!]!
  })
  return labels
}

function largest(numbers: Float64Array | Float32Array, begin: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (numbers[begin + k]! > numbers[begin + best]!) best = k
  return best
}

/**
 * The share of rows, by weight, whose label is right.
 * @param columns entries in a row, which is right if all are.
 */
export function* accuracy(
  truth: ArrayLike<unknown>,
  predicted: ArrayLike<unknown>,
  weights: Float64Array | undefined,
  columns = 1,
): Work<number> {
  const { right, all } = yield* countRight(truth, predicted, weights, columns)
  return right / all
}

/** The weights of the rows whose label is right, and of all. */
export function* countRight(
  truth: ArrayLike<unknown>,
  predicted: ArrayLike<unknown>,
  weights: Float64Array | undefined,
  columns: number,
): Work<{ right: number; all: number }> {
  let [right, all] = [0, 0]
  yield* rowBlocks(truth.length / columns, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const weight = weights?.[i] ?? 1
      if (isSame(truth, predicted, i * columns, columns)) right += weight
      all += weight
    }
  })
  return { right, all }
}

function isSame(a: ArrayLike<unknown>, b: ArrayLike<unknown>, begin: number, count: number): boolean {
  for (let k = begin; k < begin + count; k++) if (a[k] !== b[k]) return false
  return true
}

import { findInSteps, rowBlocks, runNow, type Work } from '../base/breathing.js'
import { checkOptions, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray } from '../base/matrix.js'
import { readSampleWeight } from '../base/sample-weight.js'
import { classesOf, type Label } from '../learning/labels.js'

/** True and predicted labels as indices. */
export interface LabelPair {
  /** The labels that count: those of the option `labels`, else all, sorted. */
  readonly labels: readonly Label[]
  /** The index in `labels` of each row's label; -1 for another label. */
  readonly truth: Int32Array
  readonly predicted: Int32Array
  readonly rows: number
  readonly weights: Float64Array | undefined
}

/**
 * Reads the labels of rows, and weights.
 * @param list the option `labels`.
 * @throws ArgumentError for labels of several types, different numbers of rows, or probabilities in place of labels.
 */
export function readPair(yTrue: unknown, yPred: unknown, sampleWeight: unknown, list?: readonly Label[]): LabelPair {
  const reader = new LabelReader(list)
  const truth = reader.read(yTrue, 'yTrue')
  reader.refuseFractions = true
  const predicted = reader.read(yPred, 'yPred', truth.length)
  const labels = list ?? reader.sorted()
  return {
    labels,
    truth: reader.place(truth, labels),
    predicted: reader.place(predicted, labels),
    rows: truth.length,
    weights: readSampleWeight(sampleWeight, truth.length),
  }
}

/** True labels as indices, for metrics of scores. */
interface Truth {
  readonly labels: readonly Label[]
  readonly truth: Int32Array
  readonly rows: number
}

/**
 * Reads true labels.
 * @param list the option `labels`, which must have all of them.
 * @throws ArgumentError that names the first row with another label.
 */
export function readTruth(yTrue: unknown, list?: readonly Label[]): Truth {
  return runNow(readTruthInSteps(yTrue, list))
}

export function* readTruthInSteps(yTrue: unknown, list?: readonly Label[]): Work<Truth> {
  const reader = new LabelReader(list)
  const codes = yield* reader.readInSteps(yTrue, 'yTrue')
  const labels = list ?? reader.sorted()
  const truth = yield* reader.placeInSteps(codes, labels)
  const wrong = yield* findInSteps(truth.length, (row) => truth[row] === -1)
  if (wrong === -1) return { labels, truth, rows: truth.length }
  const label = (yTrue as ArrayLike<Label>)[wrong]
  throw invalid(`row ${wrong} of yTrue`, `one of labels, ${listed(labels)}`, label)
}

/**
 * The option `labels`: different labels of one type.
 * @throws ArgumentError for fewer than `least` labels, or a label that comes twice.
 */
export function readLabelList(value: unknown, least = 1): Label[] | undefined {
  if (value === undefined) return undefined
  const reader = new LabelReader()
  const codes = reader.read(value, 'labels')
  const twice = codes.findIndex((code, k) => code < k)
  if (twice !== -1) throw mismatch('labels', 'each label once', `${describe((value as Label[])[twice])} twice`)
  if (codes.length < least) throw mismatch('labels', `at least ${least} labels`, `${codes.length}`)
  return reader.labels.slice()
}

/** Checks the keys of options, with the function's name in messages. */
export function checkMetricOptions(options: unknown, name: string, keys: readonly string[]): void {
  checkOptions(options, `metrics.${name}()`, keys)
}

/** The first labels, for messages. */
export function listed(labels: readonly Label[]): string {
  return `${labels.slice(0, 10).map(describe).join(', ')}${labels.length > 10 ? ', ...' : ''}`
}

/** Numbers labels in the order of their first rows, so that large data need no copy of the labels. */
class LabelReader {
  /** Every label once, in the order of their first rows. */
  readonly labels: Label[] = []
  /** Whether fractions that are no labels yet are an error: they are probabilities, most likely. */
  refuseFractions = false
  readonly #numbers = new Map<Label, number>()
  #type: string | undefined

  constructor(labels: readonly Label[] = []) {
    for (const label of labels) this.#number(label)
    this.#type = labels.length ? typeof labels[0] : undefined
  }

  read(y: unknown, name: string, rows?: number): Int32Array {
    return runNow(this.readInSteps(y, name, rows))
  }

  *readInSteps(y: unknown, name: string, rows?: number): Work<Int32Array> {
    if (!Array.isArray(y) && !isNumberArray(y)) throw invalid(name, 'an array of labels', y)
    if (y.length === 0) throw new ArgumentError(`Expected at least one label for ${name}, but it is empty.`)
    if (rows !== undefined && y.length !== rows) {
      throw mismatch(name, `${rows} labels, as many as yTrue has`, `${y.length}`)
    }
    const codes = new Int32Array(y.length)
    yield* rowBlocks(y.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) {
        const label = (y as ArrayLike<unknown>)[row]
        codes[row] = this.#numbers.get(label as Label) ?? this.#number(this.#check(label, `row ${row} of ${name}`))
      }
    })
    return codes
  }

  sorted(): Label[] {
    return classesOf(this.labels)
  }

  place(codes: Int32Array, labels: readonly Label[]): Int32Array {
    return runNow(this.placeInSteps(codes, labels))
  }

  *placeInSteps(codes: Int32Array, labels: readonly Label[]): Work<Int32Array> {
    const places = new Int32Array(this.labels.length).fill(-1)
    for (const [k, label] of labels.entries()) places[this.#numbers.get(label)!] = k
    const placed = new Int32Array(codes.length)
    yield* rowBlocks(codes.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) placed[row] = places[codes[row]!]!
    })
    return placed
  }

  #number(label: Label): number {
    this.#numbers.set(label, this.labels.length)
    return this.labels.push(label === 0 ? 0 : label) - 1 // -0 is 0
  }

  #check(label: unknown, name: string): Label {
    const isLabel = typeof label === 'string' || typeof label === 'boolean' || Number.isFinite(label)
    if (!isLabel) throw invalid(name, 'a string, a finite number, true or false', label)
    this.#type ??= typeof label
    if (typeof label !== this.#type) {
      throw invalid(name, `a ${this.#type}, as the labels before`, label, 'All labels are of one type.')
    }
    if (this.refuseFractions && typeof label === 'number' && !Number.isInteger(label)) {
      const hint = 'Use logLoss, brier or rocAuc for probabilities, or convert them to labels first.'
      throw invalid(name, 'a label', label, hint)
    }
    return label as Label
  }
}

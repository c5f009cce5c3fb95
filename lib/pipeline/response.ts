import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'
import { readSampleWeightInSteps } from '../base/sample-weight.js'
import { readInSteps, type Source, untilSettled } from '../base/unchanged.js'
import { isTable } from '../estimators/label-rows.js'
import { checkClassLabels, findClasses, type Label, readClasses, sameClasses } from '../learning/labels.js'
import type { Parameter } from '../learning/parameters.js'
import { hasMethod } from '../learning/supports.js'
import { innermost } from '../learning/wrapped.js'
import { type CrossValidation, readSplits } from '../model-selection/cv.js'
import type { CallableModel } from '../model-selection/model.js'
import { countRows, type RowsLike } from '../model-selection/rows.js'
import type { Split } from '../model-selection/splits.js'
import { isTransformer } from '../preprocessing/transformer-like.js'
import { callOf } from './run.js'
import { type EstimatorLike, isEstimator } from './steps.js'

/** The methods that say how sure a classifier is. */
export type ResponseMethod = 'predictProba' | 'decisionFunction'

/** The parameter estimator of a model that holds a classifier. */
export const classifierParameter: Parameter<EstimatorLike> = {
  // There is no default: the constructor requires it.
  default: undefined as never,
  description: 'The classifier, or a pipeline with one. fit trains clones of it.',
  takes: 'a classifier, or a pipeline that ends with one',
  read(value, name) {
    const inner = isEstimator(value) ? innermost(value) : undefined
    if (inner && !isTransformer(inner) && 'classes' in inner) return value as EstimatorLike
    throw invalid(name, classifierParameter.takes, value)
  },
}

/** The parameter cv: in a file only if it is a number. */
export const cvParameter: Parameter<CrossValidation | null> = {
  default: 5,
  description: 'How to split the rows: a number of stratified folds of neighbouring rows, a splitter, or the splits.',
  takes: 'an integer of at least 2, a splitter, an array of { train, test }, or null, with which fit fails',
  read(value, name) {
    if (value === null || (Number.isSafeInteger(value) && (value as number) >= 2)) return value as number | null
    if (typeof value === 'object') {
      const { split, [Symbol.iterator]: iterate } = value as Record<string | symbol, unknown>
      if (typeof split === 'function') return value as CrossValidation
      // Splits of a generator come once, but each fit needs them.
      if (typeof iterate === 'function') return [...(value as Iterable<{ train: Uint32Array; test: Uint32Array }>)]
    }
    throw invalid(name, cvParameter.takes, value)
  },
}

/** The parameter cv of CalibratedClassifier, which can also hold a classifier that is fitted already. */
export const calibrationCvParameter: Parameter<CrossValidation | 'prefit' | null> = {
  ...cvParameter,
  takes: `${cvParameter.takes}; 'prefit' for a fitted estimator`,
  description: `${cvParameter.description.slice(0, -1)}; 'prefit': the estimator is fitted already, and all rows calibrate it.`,
  read(value, name) {
    if (typeof value === 'string' && value !== 'prefit') throw invalid(name, calibrationCvParameter.takes, value)
    return value === 'prefit' ? value : cvParameter.read(value, name)
  },
}

/**
 * One label a row, and their classes.
 * @throws ArgumentError for rows of several labels, one class alone, and as readClassLabels does.
 */
function* readLabelsOf(x: unknown, y: unknown): Work<{ labels: Label[]; classes: Label[] }> {
  const rows = countRows(x, 'x')
  if (isTable(y)) throw invalid('y', 'one label a row', y)
  // y of another kind or length is refused as it is.
  if (!(Array.isArray(y) || isNumberArray(y)) || y.length !== rows) yield* checkClassLabels(y, 'y', rows)
  // A copy, since it is read until the last fit has ended.
  const labels = new Array<Label>(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let row = begin; row < end; row++) labels[row] = (y as ArrayLike<Label>)[row]!
  })
  yield* checkClassLabels(labels, 'y', rows)
  return { labels, classes: readClasses(yield* findClasses(labels), 'y') }
}

/**
 * `readLabelsOf`, and the weights of the rows, in slices between turns of the event loop.
 * @throws ArgumentError as readLabelsOf, for wrong weights and for arrays that change meanwhile; the signal's reason.
 */
export async function readTruth(x: unknown, y: unknown, sampleWeight: unknown, signal: AbortSignal | undefined) {
  function* read() {
    const { labels, classes } = yield* readLabelsOf(x, y)
    return { labels, classes, weights: yield* readSampleWeightInSteps(sampleWeight, labels.length) }
  }
  const sources: Source[] = [
    ['y', y],
    ['sampleWeight', sampleWeight],
  ]
  return readInSteps(read(), sources, untilSettled, signal)
}

/**
 * The splits of cv, each of which trains with rows of all classes.
 * @throws ArgumentError otherwise, for cv null, and as the splitter does.
 */
export function* readClassSplits(
  cv: CrossValidation | null,
  model: CallableModel,
  x: RowsLike,
  labels: Label[],
  groups: unknown,
): Work<Split[]> {
  if (cv === null) throw invalid('cv', 'a number of folds, a splitter or splits', cv, fromFile('cv'))
  const splits = yield* readSplits(cv, model, x, labels, groups)
  const classes = new Set<Label>()
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) classes.add(labels[row]!)
  })
  for (const [k, { train }] of splits.entries()) {
    const missing = new Set(classes)
    yield* findInSteps(train.length, (i) => missing.delete(labels[train[i]!]!) && missing.size === 0)
    if (missing.size === 0) continue
    const [label] = missing
    throw new ArgumentError(
      `Expected rows of each class to train with in every split, but split ${k} has none of ${describe(label)}. ` +
        'Use fewer or stratified folds, or more rows.',
    )
  }
  return splits
}

/** What to do about a parameter that a file could not hold. */
export function fromFile(name: string): string {
  return `A file holds ${name} only if it is plain: set it again with setParams({ ${name} }).`
}

/**
 * The first of these methods that a classifier has.
 * @throws ArgumentError if it has none of them.
 */
export function findResponse(model: object, methods: readonly ResponseMethod[]): ResponseMethod {
  const found = methods.find((method) => hasMethod(model, method))
  if (found) return found
  throw mismatch('estimator', `a classifier with ${methods.join(' or ')}`, `${describe(model)} without`)
}

/** The probabilities of rows, or their weighted sums: one number a row for the second of two classes. */
export async function respond(model: object, method: ResponseMethod, x: unknown, options: object): Promise<Matrix> {
  const result = await callOf(model, method)(x, options)
  if (result instanceof Matrix) return result
  // Those of other packages: a flat array has one number a row.
  return isNumberArray(result) ? Matrix.from(result, 1) : Matrix.from(result as MatrixLike)
}

/** As `respond`, on the spot; `isRow` tells a single row from a table of one. */
export function respondSync(model: object, method: ResponseMethod, x: unknown): { scores: Matrix; isRow: boolean } {
  const result = callOf(model, `${method}Sync`)(x)
  if (result instanceof Matrix) return { scores: result, isRow: false }
  return { scores: Matrix.from(result as MatrixLike), isRow: isNumberArray(result) }
}

/**
 * The classes of a fitted classifier.
 * @throws ArgumentError if they are not those of all rows.
 */
export function checkClasses(model: object, classes: readonly Label[]): void {
  const own = (model as { classes?: unknown }).classes
  if (Array.isArray(own) && sameClasses(own as Label[], classes)) return
  throw mismatch('the classes of estimator', 'the labels in y, sorted', describe(own))
}

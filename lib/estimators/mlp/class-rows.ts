import { findInSteps, type Work } from '../../base/breathing.js'
import { invalid, mismatch } from '../../base/check.js'
import { copyInSteps, type NumberTable } from '../../base/matrix.js'
import { classesOf, type Label, readLabels, sameClasses } from '../../learning/labels.js'
import { classNumbersFrom, countRight, encodeTrainingLabels } from '../classes.js'
import { holdBack } from '../held-back.js'
import { isTable, readLabelRows } from '../label-rows.js'
import { combineWeights, type LabelWeight, weighClasses } from '../sample-weights.js'
import type { MLPRows } from './fit.js'
import type { MLPParams } from './parameters.js'

/** The classes that the outputs of a classifier stand for. */
export interface OutputClasses {
  /** Sorted. Where a row can have several labels, the column numbers of y. */
  readonly classes: readonly Label[]
  /** Whether a row can have several labels; then each label has an output. */
  readonly multilabel: boolean
}

/** The parameters that decide how labels are read. */
type ClassRowParams = Pick<MLPParams, 'earlyStopping' | 'validationFraction'> & {
  classWeight: LabelWeight | null
}

/** Labels as targets: class numbers; 0 or 1 for two classes; rows of 0 and 1 for several labels a row. */
interface Encoded extends OutputClasses {
  targets: { data: Float32Array | Int32Array; columns: number }
  weights: Float64Array | undefined
  /** Class numbers to stratify by; undefined for several labels a row. */
  numbers: Int32Array | undefined
}

/**
 * Reads labels to train with.
 * @param classes the classes that labels must be of; the labels themselves decide if undefined.
 * @throws ArgumentError for wrong labels or weights, and with earlyStopping for too few rows.
 */
export function* readClassRows(
  x: NumberTable,
  y: unknown,
  sampleWeight: Float64Array | undefined,
  params: ClassRowParams,
  seed: number,
  classes?: readonly Label[],
): Work<OutputClasses & { rows: MLPRows }> {
  const encoded = isTable(y)
    ? yield* encodeLabelRows(y, x.rows, sampleWeight, params.classWeight)
    : yield* encodeLabels(y, x.rows, sampleWeight, params.classWeight, classes)
  const { multilabel, targets, weights } = encoded
  const network = { ...outputsFor(encoded), constant: 0 }
  function* rows(
    part: Pick<MLPRows, 'x' | 'targets' | 'validation'>,
    rowWeights: Float64Array | undefined,
  ): Work<MLPRows> {
    return { ...network, ...part, weights: rowWeights ? yield* toFloats(rowWeights) : null }
  }
  const result = { classes: encoded.classes, multilabel }
  if (!params.earlyStopping) return { ...result, rows: yield* rows({ x, targets, validation: undefined }, weights) }
  const stratify = encoded.numbers && { numbers: encoded.numbers, count: encoded.classes.length }
  const { training, validation } = yield* holdBack({ x, targets, weights }, params.validationFraction, seed, stratify)
  function* partOf(outputs: Float32Array): Work<[right: number, all: number]> {
    if ((yield* findInSteps(outputs.length, (k) => !Number.isFinite(outputs[k]))) >= 0) return [Number.NaN, 1]
    const predicted = yield* classNumbersFrom({ data: outputs, columns: network.outputs }, 0.5, multilabel)
    const { data, columns } = validation.targets
    const { right, all } = yield* countRight(data, predicted, validation.weights, columns)
    return [right, all]
  }
  const score = (parts: readonly (readonly number[])[]) => {
    const sumOf = (k: number) => parts.reduce((sum, part) => sum + part[k]!, 0)
    return sumOf(0) / sumOf(1)
  }
  const part = { x: training.x, targets: training.targets, validation: { x: validation.x, partOf, score } }
  return { ...result, rows: yield* rows(part, training.weights) }
}

/**
 * The last layer: one logistic output for two classes, a softmax output for each of more classes, a logistic output for
 * each of several labels a row.
 */
export function outputsFor({ classes, multilabel }: OutputClasses) {
  const outputs = !multilabel && classes.length === 2 ? 1 : classes.length
  return { outputs, outActivation: !multilabel && outputs > 1 ? 'softmax' : 'logistic' } as const
}

/**
 * Checks the option `classes` of partialFit where rows of y are 0 and 1, as scikit-learn takes it: the column numbers of y.
 * @throws ArgumentError for other classes.
 */
export function checkLabelColumns(option: unknown, { classes }: OutputClasses): void {
  if (option === undefined || sameClasses(classesOf(readLabels(option, 'classes')), classes)) return
  const expected = `the numbers of the ${classes.length} columns of y, 0 to ${classes.length - 1}`
  throw invalid('classes', expected, option, 'They can be left out for rows of 0 and 1.')
}

function* encodeLabelRows(
  y: unknown,
  rows: number,
  weights: Float64Array | undefined,
  classWeight: LabelWeight | null,
): Work<Encoded> {
  const targets = yield* readLabelRows(y, 'y', rows)
  if (classWeight !== null) {
    throw mismatch('classWeight', 'null for rows of several labels', 'weights', 'Use sampleWeight.')
  }
  const classes = Array.from({ length: targets.columns }, (_, k) => k)
  return { targets, weights, numbers: undefined, classes, multilabel: true }
}

function* encodeLabels(
  y: unknown,
  rows: number,
  sampleWeight: Float64Array | undefined,
  classWeight: LabelWeight | null,
  partialClasses: readonly Label[] | undefined,
): Work<Encoded> {
  const { classes, numbers } = yield* encodeTrainingLabels(y, rows, partialClasses)
  const weights =
    classWeight === null
      ? sampleWeight
      : yield* combineWeights(sampleWeight, yield* weighClasses(classWeight, classes, numbers), numbers)
  const data = classes.length === 2 ? yield* toFloats(numbers) : numbers
  return { targets: { data, columns: 1 }, weights, numbers, classes, multilabel: false }
}

/** Numbers in float32. */
function toFloats(numbers: Int32Array | Float64Array): Work<Float32Array<ArrayBuffer>> {
  return copyInSteps(numbers, new Float32Array(numbers.length))
}

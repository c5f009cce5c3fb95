import { invalid, mismatch } from '../../base/check.js'
import type { NumberTable } from '../../base/matrix.js'
import { classesOf, type Label, readLabels, sameClasses } from '../../learning/labels.js'
import { accuracy, encodeTrainingLabels, labelsFrom, type Outputs } from '../classes.js'
import { holdBack } from '../held-back.js'
import { combineWeights, type LabelWeight, weighClasses } from '../sample-weights.js'
import type { MLPRows } from './fit.js'
import type { MLPParams } from './parameters.js'
import { isTable, labelRowsFrom, readLabelRows, rowsOf } from './targets.js'

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
export function readClassRows(
  x: NumberTable,
  y: unknown,
  sampleWeight: Float64Array | undefined,
  params: ClassRowParams,
  seed: number,
  classes?: readonly Label[],
): OutputClasses & { rows: MLPRows } {
  const encoded = isTable(y)
    ? encodeLabelRows(y, x.rows, sampleWeight, params.classWeight)
    : encodeLabels(y, x.rows, sampleWeight, params.classWeight, classes)
  const { multilabel, targets, weights } = encoded
  const network = { ...outputsFor(encoded), constant: 0 }
  const rows = (
    part: Pick<MLPRows, 'x' | 'targets' | 'validation'>,
    rowWeights: Float64Array | undefined,
  ): MLPRows => ({ ...network, ...part, weights: rowWeights ? Float32Array.from(rowWeights) : null })
  const result = { classes: encoded.classes, multilabel }
  if (!params.earlyStopping) return { ...result, rows: rows({ x, targets, validation: undefined }, weights) }
  const stratify = encoded.numbers && { numbers: encoded.numbers, count: encoded.classes.length }
  const { training, validation } = holdBack({ x, targets, weights }, params.validationFraction, seed, stratify)
  const truth = multilabel
    ? rowsOf(validation.targets)
    : Array.from(validation.targets.data, (number) => encoded.classes[number]!)
  const score = (outputs: Float32Array) =>
    outputs.every(Number.isFinite)
      ? accuracy(truth, labelsOf(encoded, { data: outputs, columns: network.outputs }), validation.weights)
      : Number.NaN
  const part = { x: training.x, targets: training.targets, validation: { x: validation.x, score } }
  return { ...result, rows: rows(part, training.weights) }
}

/** Labels from outputs. */
export function labelsOf({ classes, multilabel }: OutputClasses, outputs: Outputs) {
  return multilabel ? labelRowsFrom(outputs) : labelsFrom(outputs, classes, 0.5)
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

function encodeLabelRows(
  y: unknown,
  rows: number,
  weights: Float64Array | undefined,
  classWeight: LabelWeight | null,
): Encoded {
  const targets = readLabelRows(y, 'y', rows)
  if (classWeight !== null) {
    throw mismatch('classWeight', 'null for rows of several labels', 'weights', 'Use sampleWeight.')
  }
  const classes = Array.from({ length: targets.columns }, (_, k) => k)
  return { targets, weights, numbers: undefined, classes, multilabel: true }
}

function encodeLabels(
  y: unknown,
  rows: number,
  sampleWeight: Float64Array | undefined,
  classWeight: LabelWeight | null,
  partialClasses: readonly Label[] | undefined,
): Encoded {
  const { classes, numbers } = encodeTrainingLabels(y, rows, partialClasses)
  const weights =
    classWeight === null
      ? sampleWeight
      : combineWeights(sampleWeight, weighClasses(classWeight, classes, numbers), numbers)
  const data = classes.length === 2 ? Float32Array.from(numbers) : numbers
  return { targets: { data, columns: 1 }, weights, numbers, classes, multilabel: false }
}

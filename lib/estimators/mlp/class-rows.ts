import { checkFinite, type NumberTable } from '../../base/matrix.js'
import type { Label } from '../../learning/labels.js'
import { splitForValidation, takeNumbers, takeRows } from '../validation-rows.js'
import type { MlpRows } from './multilayer-perceptron.js'
import { accuracy, checkHeld, labelsFrom, rowsOf } from './scoring.js'

/** Rows with their labels, in the numbers that the network learns. */
export interface LabelledRows {
  x: NumberTable
  /** Class numbers, or `columns` times 0 or 1 a row. */
  data: Float32Array | Int32Array
  columns: number
  weights: Float64Array | undefined
  /** Class numbers; none where a row may have several labels. */
  numbers: Int32Array | undefined
}

/**
 * What the network is given: all rows, or with earlyStopping those that are not held back to score by.
 * @throws ArgumentError where too few are left, or held back.
 */
export function readyRows(
  { x, data, columns, weights, numbers }: LabelledRows,
  classes: readonly Label[],
  { earlyStopping, validationFraction }: { earlyStopping: boolean; validationFraction: number },
  seed: number,
): MlpRows {
  const multilabel = numbers === undefined
  const outputs = !multilabel && classes.length === 2 ? 1 : classes.length
  const outActivation = !multilabel && outputs > 1 ? 'softmax' : 'logistic'
  const common = { outputs, outActivation, constant: 0 } as const
  if (!earlyStopping) {
    const own = weights ? Float32Array.from(weights) : null
    return { ...common, x, targets: { data, columns }, weights: own, validation: undefined }
  }
  checkFinite(x, 'x') // here, where its rows still have their numbers
  const counted = multilabel ? 1 : classes.length
  const { training, validation } = splitForValidation(x.rows, validationFraction, seed, numbers, counted)
  const part = (rows: Uint32Array) => takeRows({ data, rows: x.rows, columns } as NumberTable, rows).data as typeof data
  const held = part(validation)
  const truth = multilabel ? rowsOf({ data: held, columns }) : Array.from(held, (number) => classes[number]!)
  const heldWeights = weights && takeNumbers(weights, validation)
  checkHeld(validation.length, heldWeights)
  const score = (found: Float32Array) =>
    found.every(Number.isFinite) ? accuracy(truth, labelsFrom(found, classes, multilabel), heldWeights) : Number.NaN
  return {
    ...common,
    x: takeRows(x, training),
    targets: { data: part(training), columns },
    weights: weights ? Float32Array.from(takeNumbers(weights, training)) : null,
    validation: { x: takeRows(x, validation), score },
  }
}

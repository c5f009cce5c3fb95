import { MlpError } from '../../base/errors.js'
import { Matrix } from '../../base/matrix.js'
import type { Label } from '../../learning/labels.js'
import { labelsFrom, type Outputs } from '../classes.js'
import type { OutputKind } from '../inside.js'
import type { OutputClasses } from '../mlp/class-rows.js'
import { type LabelRow, rowsOf } from '../mlp/targets.js'
import { probabilitiesFrom } from '../probabilities.js'

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))

/** The labels of rows: of the largest output, or of each output above its threshold. */
export function labelsOfOutputs(
  { classes, multilabel }: OutputClasses,
  kind: OutputKind,
  outputs: Outputs,
): Label[] | LabelRow[] {
  const threshold = isSum(kind) ? 0 : 0.5
  if (!multilabel) return labelsFrom(outputs, classes, threshold)
  return rowsOf(outputs).map((row) => row.map((value) => Number(value > threshold)))
}

/** Whether outputs are sums on both sides of 0, and not shares of 1. */
function isSum({ loss }: OutputKind): boolean {
  return ('fromLogits' in loss && loss.fromLogits) || loss.name === 'hinge' || loss.name === 'squaredHinge'
}

/**
 * The probability of each class for each row. Outputs that stand for themselves, one a class, are scaled to a sum of 1.
 * @throws MlpError ERR_ARGUMENT for outputs that are no probabilities.
 */
export function probabilitiesOfOutputs({ multilabel }: OutputClasses, kind: OutputKind, outputs: Outputs): Matrix {
  const { activation, loss } = kind
  const fromLogits = 'fromLogits' in loss && loss.fromLogits
  const isSigmoid = activation === 'sigmoid' || (fromLogits && loss.name === 'binaryCrossentropy')
  if (!isSigmoid && activation !== 'softmax' && !fromLogits) {
    const text = `Probabilities need a sigmoid or a softmax, but this NetworkClassifier was trained by ${loss.name} and ends with ${activation}.`
    throw new MlpError(text, 'ERR_ARGUMENT')
  }
  const data = Float32Array.from(outputs.data, (value) => (fromLogits && isSigmoid ? sigmoid(value) : value))
  const { columns } = outputs
  if (columns === 1) return probabilitiesFrom({ data, columns })
  if (!multilabel && (isSigmoid || fromLogits)) normalize(data, columns, fromLogits && !isSigmoid)
  return new Matrix(data, data.length / columns, columns)
}

/** Scales rows to a sum of 1, `ofLogits` after e^z. */
function normalize(data: Float32Array, columns: number, ofLogits: boolean): void {
  for (let begin = 0; begin < data.length; begin += columns) {
    const row = data.subarray(begin, begin + columns)
    if (ofLogits) {
      const most = row.reduce((a, b) => Math.max(a, b))
      for (let k = 0; k < columns; k++) row[k] = Math.exp(row[k]! - most)
    }
    const sum = row.reduce((a, b) => a + b)
    for (let k = 0; k < columns; k++) row[k] = sum > 0 ? row[k]! / sum : 1 / columns
  }
}

/** Numbers from outputs: of gaussianNll the means, of logarithms of rates the rates. */
export function numbersOfOutputs({ loss }: OutputKind, { data, columns }: Outputs): Outputs {
  if (loss.name === 'poisson' && loss.fromLogits) return { data: Float32Array.from(data, Math.exp), columns }
  if (loss.name !== 'gaussianNll') return { data, columns }
  const means = columns / 2
  const rows = data.length / columns
  const numbers = new Float32Array(rows * means)
  for (let i = 0; i < rows; i++) numbers.set(data.subarray(i * columns, i * columns + means), i * means)
  return { data: numbers, columns: means }
}

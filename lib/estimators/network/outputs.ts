import { rowBlocks, type Work } from '../../base/breathing.js'
import { MlpError } from '../../base/errors.js'
import { Matrix, type NumberTable } from '../../base/matrix.js'
import type { Sequential } from '../../sequential.js'
import type { Outputs } from '../classes.js'
import type { OutputKind } from '../inside.js'
import type { OutputClasses } from '../mlp/class-rows.js'
import { probabilitiesFrom } from '../probabilities.js'

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))

/** The output above which a row has a label. */
export function thresholdOf(kind: OutputKind): number {
  return isSum(kind) ? 0 : 0.5
}

/** Whether outputs are sums on both sides of 0, and not shares of 1. */
function isSum({ loss }: OutputKind): boolean {
  return ('fromLogits' in loss && loss.fromLogits) || loss.name === 'hinge' || loss.name === 'squaredHinge'
}

/**
 * The probability of each class for each row. Outputs that stand for themselves, one a class, are scaled to a sum of 1.
 * @throws MlpError ERR_ARGUMENT for outputs that are no probabilities.
 */
export function* probabilitiesOfOutputs(
  { multilabel }: OutputClasses,
  kind: OutputKind,
  outputs: Outputs,
): Work<Matrix> {
  const { activation, loss } = kind
  const fromLogits = 'fromLogits' in loss && loss.fromLogits
  const isSigmoid = activation === 'sigmoid' || (fromLogits && loss.name === 'binaryCrossentropy')
  if (!isSigmoid && activation !== 'softmax' && !fromLogits) {
    const text = `Probabilities need a sigmoid or a softmax, but this NetworkClassifier was trained by ${loss.name} and ends with ${activation}.`
    throw new MlpError(text, 'ERR_ARGUMENT')
  }
  const data = yield* mapped(outputs.data, fromLogits && isSigmoid ? sigmoid : (value) => value)
  const { columns } = outputs
  if (columns === 1) return yield* probabilitiesFrom({ data, columns })
  if (!multilabel && (isSigmoid || fromLogits)) yield* normalize(data, columns, fromLogits && !isSigmoid)
  return new Matrix(data, data.length / columns, columns)
}

function* mapped(numbers: ArrayLike<number>, change: (value: number) => number): Work<Float32Array<ArrayBuffer>> {
  const results = new Float32Array(numbers.length)
  yield* rowBlocks(results.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) results[k] = change(numbers[k]!)
  })
  return results
}

/** Scales rows to a sum of 1, `ofLogits` after e^z. */
function* normalize(data: Float32Array, columns: number, ofLogits: boolean): Work<void> {
  yield* rowBlocks(data.length / columns, columns, (begin, end) => {
    for (let i = begin; i < end; i++) normalizeRow(data.subarray(i * columns, (i + 1) * columns), ofLogits)
  })
}

function normalizeRow(row: Float32Array, ofLogits: boolean): void {
  if (ofLogits) {
    const most = row.reduce((a, b) => Math.max(a, b))
    for (let k = 0; k < row.length; k++) row[k] = Math.exp(row[k]! - most)
  }
  const sum = row.reduce((a, b) => a + b)
  for (let k = 0; k < row.length; k++) row[k] = sum > 0 ? row[k]! / sum : 1 / row.length
}

/** Numbers from outputs: of gaussianNll the means, of logarithms of rates the rates. */
export function* numbersOfOutputs({ loss }: OutputKind, { data, columns }: Outputs): Work<Outputs> {
  if (loss.name === 'poisson' && loss.fromLogits) return { data: yield* mapped(data, Math.exp), columns }
  if (loss.name !== 'gaussianNll') return { data, columns }
  const means = columns / 2
  const rows = data.length / columns
  const numbers = new Float32Array(rows * means)
  yield* rowBlocks(rows, columns, (begin, end) => {
    for (let i = begin; i < end; i++) numbers.set(data.subarray(i * columns, i * columns + means), i * means)
  })
  return { data: numbers, columns: means }
}

/** Begins to predict, which reads the rows, and returns what waits for the outputs. */
export function* preparePrediction(
  network: Sequential,
  { data }: NumberTable,
  signal: AbortSignal | undefined,
): Work<() => Promise<Outputs>> {
  yield
  const outputs = network.predict(data, { signal })
  return async () => {
    const { data: numbers, cols } = await outputs
    return { data: numbers, columns: cols }
  }
}

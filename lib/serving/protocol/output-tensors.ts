import { Matrix } from '../../base/matrix.js'
import type { Json, ScoredRows, Servable } from '../servable.js'
import type { Datatype, Tensor } from './datatypes.js'

/** A classifier answers labels and probabilities, a regressor numbers, a network its outputs. */
export const outputNames = { label: 'label', probabilities: 'probabilities', number: 'prediction', network: 'output' }

/** The answers of a model as tensors. */
export function outputTensors(servable: Servable, { predictions, probabilities }: ScoredRows): Tensor[] {
  const first = predictionsTensor(servable, predictions)
  if (!probabilities) return [first]
  const { rows, cols, data } = probabilities
  return [first, { name: outputNames.probabilities, datatype: 'FP32', shape: [rows, cols], data }]
}

function predictionsTensor({ classes }: Servable, predictions: ScoredRows['predictions']): Tensor {
  if (predictions instanceof Matrix) {
    const { rows, cols, data } = predictions
    return { name: classes ? outputNames.label : outputNames.network, datatype: 'FP32', shape: [rows, cols], data }
  }
  const rows = predictions.length
  if (typeof predictions[0] !== 'object') {
    const name = classes ? outputNames.label : outputNames.number
    return { name, datatype: datatypeOf(classes), shape: [rows], data: predictions as number[] }
  }
  // Several labels, or several numbers, for each row.
  const flat = (predictions as ArrayLike<number>[]).flatMap((row) => Array.from(row))
  const name = classes ? outputNames.label : outputNames.number
  return { name, datatype: classes ? 'INT64' : 'FP64', shape: [rows, flat.length / rows], data: flat }
}

/** The datatype of labels; numbers are FP64 unless all classes are integers. */
export function datatypeOf(classes: readonly Json[] | undefined): Datatype {
  if (!classes) return 'FP64'
  if (classes.every((label) => typeof label === 'string')) return 'BYTES'
  if (classes.every((label) => typeof label === 'boolean')) return 'BOOL'
  return classes.every(Number.isSafeInteger) ? 'INT64' : 'FP64'
}

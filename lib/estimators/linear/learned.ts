import { checkOneOf, checkOptions, describe } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import type { ParameterTable } from '../../learning/parameters.js'
import { restoreCount, restoreNumbers } from '../../learning/restore.js'
import type { NativeLinearState } from '../../native/linear.js'
import type { Learned, LearnedRecord } from '../estimator.js'
import type { EstimatorFile } from '../file.js'
import { takeDoubles } from '../file.js'
import type { EstimatorStopReason } from '../fit-limits.js'

/** What a linear model has learned: enough to predict, and to learn on as if never stopped. */
export interface LinearLearned extends Learned {
  /** The weights after the last row, and their averages. */
  readonly state: NativeLinearState
  /** The step from which the averages were taken, if there are any. */
  readonly averageFrom: number | undefined
  /** One more than the rows that were learned from. */
  readonly t: number
  /** Epochs of the last fit or partialFit. */
  readonly nIter: number
  /** Epochs ever begun: which shuffle comes next. */
  readonly epochs: number
  readonly stopReason: EstimatorStopReason
  readonly lossCurve: readonly number[]
  readonly validationScores: readonly number[]
}

const none = new Float64Array(0)

/** Nothing learned yet. */
export function zeroState(units: number, features: number, averaged: boolean): NativeLinearState {
  return {
    weights: new Float64Array(units * features),
    intercepts: new Float64Array(units),
    averageWeights: averaged ? new Float64Array(units * features) : none,
    averageIntercepts: new Float64Array(units),
  }
}

/** The weights to predict with: averages, once there are any. */
export function predicting({ state, averageFrom, t }: LinearLearned): NativeLinearState {
  if (averageFrom === undefined || averageFrom > t - 1) return state
  const { averageWeights: weights, averageIntercepts: intercepts } = state
  return { weights, intercepts, averageWeights: none, averageIntercepts: none }
}

/** A linear model as a file holds it. */
export function recordLinear(learned: LinearLearned): LearnedRecord {
  const { state, nFeaturesIn: features, averageFrom, ...rest } = learned
  const { t, nIter, epochs, stopReason, lossCurve, validationScores } = rest
  const units = state.intercepts.length
  const tensors = new Map<string, Tensor>([
    ['weights', doubles(state.weights, [units, features])],
    ['intercepts', doubles(state.intercepts, [units])],
  ])
  if (averageFrom !== undefined) {
    tensors.set('averageWeights', doubles(state.averageWeights, [units, features]))
    tensors.set('averageIntercepts', doubles(state.averageIntercepts, [units]))
  }
  const json = { nFeaturesIn: features, units, averageFrom: averageFrom ?? null, t, nIter, epochs }
  return { json: { ...json, stopReason, lossCurve, validationScores }, tensors }
}

function doubles(data: Float64Array, shape: number[]): Tensor {
  return { dtype: 'F64', shape, data: data as Float64Array<ArrayBuffer> }
}

const keys = [
  'nFeaturesIn',
  'units',
  'averageFrom',
  't',
  'nIter',
  'epochs',
  'stopReason',
  'lossCurve',
  'validationScores',
]
const stopReasons = ['converged', 'maxIter', 'aborted', 'timeLimit'] as const

/**
 * Checks what a file holds of a linear model.
 * @param more keys that are read elsewhere.
 * @throws FormatError, ArgumentError for what is missing, wrong or too much.
 */
export function restoreLinear(
  { learned: json, tensors }: EstimatorFile<ParameterTable>,
  more: readonly string[] = [],
): LinearLearned {
  checkOptions(json, 'learned', [...keys, ...more])
  const nFeaturesIn = restoreCount(json.nFeaturesIn, 'nFeaturesIn', { max: 2 ** 32 })
  const units = restoreCount(json.units, 'units', { max: 2 ** 32 })
  const averaged = json.averageFrom !== null
  const known = ['weights', 'intercepts', ...(averaged ? ['averageWeights', 'averageIntercepts'] : [])]
  for (const name of tensors.keys()) {
    if (!known.includes(name)) throw new FormatError(`The tensor ${describe(name)} belongs to nothing.`)
  }
  if (nFeaturesIn === 0 || units === 0) throw new FormatError('It has no features or no units.')
  const t = restoreCount(json.t, 't')
  if (t === 0) throw new FormatError('Its t is 0, but it counts from 1.')
  return {
    nFeaturesIn,
    state: {
      weights: takeDoubles(tensors, 'weights', [units, nFeaturesIn]),
      intercepts: takeDoubles(tensors, 'intercepts', [units]),
      averageWeights: averaged ? takeDoubles(tensors, 'averageWeights', [units, nFeaturesIn]) : none,
      averageIntercepts: averaged ? takeDoubles(tensors, 'averageIntercepts', [units]) : new Float64Array(units),
    },
    averageFrom: averaged ? Math.max(1, restoreCount(json.averageFrom, 'averageFrom')) : undefined,
    t,
    nIter: restoreCount(json.nIter, 'nIter'),
    epochs: restoreCount(json.epochs, 'epochs', { max: 2 ** 32 - 1 }),
    stopReason: checkOneOf(json.stopReason, 'stopReason', stopReasons),
    lossCurve: [...restoreNumbers(json.lossCurve, 'lossCurve')],
    validationScores: [...restoreNumbers(json.validationScores, 'validationScores')],
  }
}

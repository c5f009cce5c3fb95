import { checkOptions } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import type { ParameterTable } from '../../learning/parameters.js'
import { restoreCount } from '../../learning/restore.js'
import type { NativeLinearState } from '../../native/linear.js'
import type { Learned, LearnedRecord } from '../estimator.js'
import { checkTensorNames, type EstimatorFile, takeDoubles } from '../file.js'
import { progressKeys, restoreProgress } from '../progress.js'

/** What training leaves in a linear model: enough to predict, and to go on as if training had never stopped. */
export interface LinearLearned extends Learned {
  /** The weights after the last row, and their averages. */
  readonly state: NativeLinearState
  /** The step from which the averages are taken; undefined without averages. */
  readonly averageFrom: number | undefined
}

const none = new Float64Array(0)

/** The weights before training. */
export function zeroState(units: number, features: number, averaged: boolean): NativeLinearState {
  return {
    weights: new Float64Array(units * features),
    intercepts: new Float64Array(units),
    averageWeights: averaged ? new Float64Array(units * features) : none,
    averageIntercepts: new Float64Array(units),
  }
}

/** The weights to predict with: the averages as soon as there are some. */
export function predicting({ state, averageFrom, progress: { t } }: LinearLearned): NativeLinearState {
  if (averageFrom === undefined || averageFrom > t - 1) return state
  const { averageWeights: weights, averageIntercepts: intercepts } = state
  return { weights, intercepts, averageWeights: none, averageIntercepts: none }
}

/** The learned part of a file. */
export function recordLinear(learned: LinearLearned): LearnedRecord {
  const { state, nFeaturesIn: features, averageFrom, progress } = learned
  const units = state.intercepts.length
  const tensors = new Map<string, Tensor>([
    ['weights', doubles(state.weights, [units, features])],
    ['intercepts', doubles(state.intercepts, [units])],
  ])
  if (averageFrom !== undefined) {
    tensors.set('averageWeights', doubles(state.averageWeights, [units, features]))
    tensors.set('averageIntercepts', doubles(state.averageIntercepts, [units]))
  }
  return { json: { nFeaturesIn: features, units, averageFrom: averageFrom ?? null, ...progress }, tensors }
}

function doubles(data: Float64Array, shape: number[]): Tensor {
  return { dtype: 'F64', shape, data: data as Float64Array<ArrayBuffer> }
}

const linearKeys = ['nFeaturesIn', 'units', 'averageFrom', ...progressKeys]
const stopReasons = ['converged', 'maxIter', 'timeLimit'] as const

/**
 * Checks the learned part of a file.
 * @param keys the keys of `learned` that the caller reads.
 * @throws FormatError, ArgumentError for a missing, wrong or unknown value.
 */
export function restoreLinear(
  { learned: json, tensors }: EstimatorFile<ParameterTable>,
  keys: readonly string[] = [],
): LinearLearned {
  checkOptions(json, 'learned', [...linearKeys, ...keys])
  const nFeaturesIn = restoreCount(json.nFeaturesIn, 'nFeaturesIn', { max: 2 ** 32 })
  const units = restoreCount(json.units, 'units', { max: 2 ** 32 })
  const averaged = json.averageFrom !== null
  const names = ['weights', 'intercepts', ...(averaged ? ['averageWeights', 'averageIntercepts'] : [])]
  checkTensorNames(tensors, names)
  if (nFeaturesIn === 0 || units === 0) throw new FormatError('It has no features or no units.')
  const progress = restoreProgress(json, stopReasons)
  if (progress.t === 0) throw new FormatError('Its t is 0, but it counts from 1.')
  return {
    nFeaturesIn,
    state: {
      weights: takeDoubles(tensors, 'weights', [units, nFeaturesIn]),
      intercepts: takeDoubles(tensors, 'intercepts', [units]),
      averageWeights: averaged ? takeDoubles(tensors, 'averageWeights', [units, nFeaturesIn]) : none,
      averageIntercepts: averaged ? takeDoubles(tensors, 'averageIntercepts', [units]) : new Float64Array(units),
    },
    averageFrom: averaged ? Math.max(1, restoreCount(json.averageFrom, 'averageFrom')) : undefined,
    progress,
  }
}

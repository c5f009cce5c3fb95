import { checkNumber, checkOneOf, checkOptions, describe, invalid } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import type { ParameterTable } from '../../learning/parameters.js'
import { restoreCount, restoreNumbers } from '../../learning/restore.js'
import type { NativeOptimizerState } from '../../native/model.js'
import type { Learned, LearnedRecord } from '../estimator.js'
import { type EstimatorFile, takeFloats } from '../file.js'
import type { EstimatorStopReason } from '../fit-limits.js'
import type { OutActivation, Topology } from './network.js'

/** How far training is, as scikit-learn counts. */
export interface MlpProgress {
  /** Epochs (iterations of lbfgs) of the last fit. */
  readonly nIter: number
  /** Rows that sgd or adam took, over all epochs. */
  readonly t: number
  readonly lossCurve: readonly number[]
  readonly validationScores: readonly number[]
  /** Infinity before there is one; with early stopping it stays there. */
  readonly bestLoss: number
  /** -Infinity without early stopping. */
  readonly bestValidationScore: number
  /** Epochs without progress, one after the other. */
  readonly withoutProgress: number
  /** The rate of the next epoch, and the first one. */
  readonly rate: number
  readonly rateInit: number
  /** Epochs ever begun: which shuffle comes next. */
  readonly epochs: number
  readonly stopReason: EstimatorStopReason
}

/** What a network has learned: enough to predict, and to learn on as if never stopped. */
export interface MlpLearned extends Learned {
  readonly topology: Topology
  /** All weights in the core's order: each layer's kernel, then its bias. */
  readonly weights: Float32Array
  /** What the solver keeps beside them. */
  readonly optimizer: NativeOptimizerState & { readonly solver: 'sgd' | 'adam' | 'lbfgs' }
  readonly progress: MlpProgress
}

/** A kernel and a bias in the flat vector. */
interface LayerWeights {
  readonly inputs: number
  readonly units: number
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** The layers' parts of the flat vector, as views. */
export function layersOf({ units }: Topology, weights: Float32Array): LayerWeights[] {
  let at = 0
  const take = (count: number) => {
    at += count
    return weights.subarray(at - count, at)
  }
  return units.slice(1).map((count, i) => {
    const inputs = units[i]!
    return { inputs, units: count, kernel: take(inputs * count), bias: take(count) }
  })
}

export function countWeights({ units }: Topology): number {
  return units.slice(1).reduce((sum, count, i) => sum + (units[i]! + 1) * count, 0)
}

/** A network as a file holds it. */
export function recordMlp({ topology, weights, optimizer, progress }: MlpLearned): LearnedRecord {
  const tensors = new Map<string, Tensor>()
  for (const [i, { inputs, units, kernel, bias }] of layersOf(topology, weights).entries()) {
    tensors.set(`coefs.${i}`, floats(kernel, [inputs, units]))
    tensors.set(`intercepts.${i}`, floats(bias, [units]))
  }
  for (const [i, slot] of optimizer.slots.entries()) tensors.set(`optimizer.${i}`, floats(slot, [slot.length]))
  const { bestLoss, bestValidationScore, ...counts } = progress
  const { solver, steps, slots } = optimizer
  const json = {
    topology,
    optimizer: { solver, steps, slots: slots.length },
    progress: { ...counts, bestLoss: orNull(bestLoss), bestValidationScore: orNull(bestValidationScore) },
  }
  return { json, tensors }
}

/** JSON has no infinities. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function floats(data: Float32Array, shape: number[]): Tensor {
  return { dtype: 'F32', shape, data: data as Float32Array<ArrayBuffer> }
}

const stopReasons = ['converged', 'maxIter', 'maxFun', 'aborted', 'timeLimit'] as const
const activations = ['identity', 'logistic', 'tanh', 'relu'] as const
const solvers = ['sgd', 'adam', 'lbfgs'] as const
const mostUnits = 2 ** 31

/**
 * Checks what a file holds of a network.
 * @param outActivations what the last layer may have.
 * @param more keys that are read elsewhere.
 * @throws FormatError, ArgumentError for what is missing, wrong or too much.
 */
export function restoreMlp(
  { learned: json, tensors }: EstimatorFile<ParameterTable>,
  outActivations: readonly OutActivation[],
  more: readonly string[] = [],
): MlpLearned {
  checkOptions(json, 'learned', ['topology', 'optimizer', 'progress', ...more])
  const topology = restoreTopology(json.topology, outActivations)
  const { solver, steps, slots } = restoreOptimizer(json.optimizer)
  const count = countWeights(topology)
  const known = new Set<string>()
  const take = (name: string, shape: readonly number[]) => {
    known.add(name)
    return takeFloats(tensors, name, shape)
  }
  if (count > mostUnits) throw new FormatError(`It has ${count} weights, more than ${mostUnits}.`)
  // Sizes out of a file: no memory is taken for what the file does not hold.
  const parts = topology.units
    .slice(1)
    .flatMap((units, i) => [take(`coefs.${i}`, [topology.units[i]!, units]), take(`intercepts.${i}`, [units])])
  const kept = Array.from({ length: slots }, (_, i) => take(`optimizer.${i}`, [count]))
  if (solver === 'adam' && kept[1]!.some((value) => value < 0)) {
    throw new FormatError('The tensor "optimizer.1" holds a number below 0, but it is made of squares.')
  }
  for (const name of tensors.keys()) {
    if (!known.has(name)) throw new FormatError(`The tensor ${describe(name)} belongs to nothing.`)
  }
  const weights = new Float32Array(count)
  let at = 0
  for (const part of parts) {
    weights.set(part, at)
    at += part.length
  }
  const progress = restoreProgress(json.progress)
  return { nFeaturesIn: topology.units[0]!, topology, weights, optimizer: { solver, steps, slots: kept }, progress }
}

function restoreTopology(json: unknown, outActivations: readonly OutActivation[]): Topology {
  checkOptions(json, 'topology', ['units', 'activation', 'outActivation'])
  const { units, activation, outActivation } = json as Record<string, unknown>
  if (!Array.isArray(units) || units.length < 2) throw invalid('units', 'an array of at least two counts', units)
  return Object.freeze({
    units: Object.freeze(units.map((count, i) => restoreCount(count, `units[${i}]`, { min: 1, max: mostUnits }))),
    activation: checkOneOf(activation, 'activation', activations),
    outActivation: checkOneOf(outActivation, 'outActivation', outActivations),
  })
}

function restoreOptimizer(json: unknown) {
  checkOptions(json, 'optimizer', ['solver', 'steps', 'slots'])
  const { solver: name, steps, slots } = json as Record<string, unknown>
  const solver = checkOneOf(name, 'solver', solvers)
  const count = restoreCount(slots, 'slots', { max: 2 })
  const fits = solver === 'adam' ? count === 2 : solver === 'sgd' ? count < 2 : count === 0
  if (!fits) throw new FormatError(`The solver ${solver} does not keep ${count} vectors.`)
  return { solver, steps: restoreCount(steps, 'steps'), slots: count }
}

function restoreProgress(json: unknown): MlpProgress {
  const counts = ['nIter', 't', 'withoutProgress', 'epochs'] as const
  const others = ['lossCurve', 'validationScores', 'bestLoss', 'bestValidationScore', 'rate', 'rateInit', 'stopReason']
  checkOptions(json, 'progress', [...counts, ...others])
  const given = json as Record<string, unknown>
  const number = (key: string, otherwise: number) => (given[key] === null ? otherwise : checkNumber(given[key], key))
  return {
    nIter: restoreCount(given.nIter, 'nIter'),
    t: restoreCount(given.t, 't'),
    withoutProgress: restoreCount(given.withoutProgress, 'withoutProgress'),
    epochs: restoreCount(given.epochs, 'epochs', { max: 2 ** 32 - 1 }),
    lossCurve: [...restoreNumbers(given.lossCurve, 'lossCurve')],
    validationScores: [...restoreNumbers(given.validationScores, 'validationScores')],
    bestLoss: number('bestLoss', Infinity),
    bestValidationScore: number('bestValidationScore', -Infinity),
    rate: checkNumber(given.rate, 'rate', { min: 0 }),
    rateInit: checkNumber(given.rateInit, 'rateInit', { min: 0 }),
    stopReason: checkOneOf(given.stopReason, 'stopReason', stopReasons),
  }
}

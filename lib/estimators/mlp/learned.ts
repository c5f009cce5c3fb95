import { checkNumber, checkOneOf, checkOptions, invalid, optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import type { ParameterTable } from '../../learning/parameters.js'
import { restoreCount } from '../../learning/restore.js'
import type { NativeOptimizerState } from '../../native/model.js'
import type { Learned, LearnedRecord } from '../estimator.js'
import { checkTensorNames, type EstimatorFile, takeFloats } from '../file.js'
import { type Progress, progressKeys, restoreProgress } from '../progress.js'
import type { OutActivation, Topology } from './network.js'

/** Progress of a network; `t` counts the rows that sgd and adam have read. */
export interface MLPProgress extends Progress {
  /** Infinity before the first epoch, and with early stopping. */
  readonly bestLoss: number
  /** -Infinity without early stopping. */
  readonly bestValidationScore: number
  /** Consecutive epochs without progress. */
  readonly withoutProgress: number
  /** The rate of the next epoch, and that of the first. */
  readonly rate: number
  readonly rateInit: number
}

/** What training leaves in a network: enough to predict, and to go on as if training had never stopped. */
export interface MLPLearned extends Learned {
  readonly progress: MLPProgress
  readonly topology: Topology
  /** All weights in the core's order: each layer's kernel, then its bias. */
  readonly weights: Float32Array
  /** The solver's state. */
  readonly optimizer: NativeOptimizerState & { readonly solver: 'sgd' | 'adam' | 'lbfgs' }
}

/** The kernel and the bias of a layer. */
interface LayerWeights {
  readonly inputs: number
  readonly units: number
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** The weights of each layer, as views of the flat vector. */
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

/** The learned part of a file. */
export function recordNetwork({ topology, weights, optimizer, progress }: MLPLearned): LearnedRecord {
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

const stopReasons = ['converged', 'maxIter', 'maxFun', 'timeLimit'] as const
const activations = ['identity', 'logistic', 'tanh', 'relu'] as const
const solvers = ['sgd', 'adam', 'lbfgs'] as const
const mostUnits = 2 ** 31

/**
 * Checks the learned part of a file.
 * @param outActivations the activations that the last layer may have.
 * @param keys the keys of `learned` that the caller reads.
 * @throws FormatError, ArgumentError for a missing, wrong or unknown value.
 */
export function restoreNetwork(
  { learned: json, tensors }: EstimatorFile<ParameterTable>,
  outActivations: readonly OutActivation[],
  keys: readonly string[] = [],
): MLPLearned {
  checkOptions(json, 'learned', ['topology', 'optimizer', 'progress', ...keys])
  const topology = restoreTopology(json.topology, outActivations)
  const { solver, steps, slots } = restoreOptimizer(json.optimizer)
  const count = countWeights(topology)
  const names: string[] = []
  const take = (name: string, shape: readonly number[]) => {
    names.push(name)
    return takeFloats(tensors, name, shape)
  }
  if (count > mostUnits) throw new FormatError(`It has ${count} weights, more than ${mostUnits}.`)
  // All tensors are checked before memory is allocated by sizes from an untrusted file.
  const layers = topology.units
    .slice(1)
    .flatMap((units, i) => [take(`coefs.${i}`, [topology.units[i]!, units]), take(`intercepts.${i}`, [units])])
  const state = Array.from({ length: slots }, (_, i) => take(`optimizer.${i}`, [count]))
  if (solver === 'adam' && state[1]!.some((value) => value < 0)) {
    throw new FormatError('The tensor "optimizer.1" holds a number below 0, but it is made of squares.')
  }
  checkTensorNames(tensors, names)
  const weights = new Float32Array(count)
  let at = 0
  for (const tensor of layers) {
    weights.set(tensor, at)
    at += tensor.length
  }
  const progress = restoreNetworkProgress(json.progress)
  return { nFeaturesIn: topology.units[0]!, topology, weights, optimizer: { solver, steps, slots: state }, progress }
}

function restoreTopology(json: unknown, outActivations: readonly OutActivation[]): Topology {
  checkOptions(json, 'topology', optionKeys<Topology>({ units: true, activation: true, outActivation: true }))
  const { units, activation, outActivation } = json as Record<string, unknown>
  if (!Array.isArray(units) || units.length < 2) throw invalid('units', 'an array of at least two counts', units)
  return Object.freeze({
    units: Object.freeze(units.map((count, i) => restoreCount(count, `units[${i}]`, { min: 1, max: mostUnits }))),
    activation: checkOneOf(activation, 'activation', activations),
    outActivation: checkOneOf(outActivation, 'outActivation', outActivations),
  })
}

function restoreOptimizer(json: unknown) {
  checkOptions(json, 'optimizer', optionKeys<MLPLearned['optimizer']>({ solver: true, steps: true, slots: true }))
  const { solver: name, steps, slots } = json as Record<string, unknown>
  const solver = checkOneOf(name, 'solver', solvers)
  const count = restoreCount(slots, 'slots', { max: 2 })
  const fits = solver === 'adam' ? count === 2 : solver === 'sgd' ? count < 2 : count === 0
  if (!fits) throw new FormatError(`The solver ${solver} does not keep ${count} vectors.`)
  return { solver, steps: restoreCount(steps, 'steps'), slots: count }
}

const networkProgressKeys = [
  ...progressKeys,
  ...optionKeys<Omit<MLPProgress, keyof Progress>>({
    withoutProgress: true,
    bestLoss: true,
    bestValidationScore: true,
    rate: true,
    rateInit: true,
  }),
]

function restoreNetworkProgress(json: unknown): MLPProgress {
  checkOptions(json, 'progress', networkProgressKeys)
  const record = json as Record<string, unknown>
  const numberOr = (infinity: number, key: string) => (record[key] === null ? infinity : checkNumber(record[key], key))
  return {
    ...restoreProgress(record, stopReasons),
    withoutProgress: restoreCount(record.withoutProgress, 'withoutProgress'),
    bestLoss: numberOr(Infinity, 'bestLoss'),
    bestValidationScore: numberOr(-Infinity, 'bestValidationScore'),
    rate: checkNumber(record.rate, 'rate', { min: 0 }),
    rateInit: checkNumber(record.rateInit, 'rateInit', { min: 0 }),
  }
}

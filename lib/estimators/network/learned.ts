import { checkNumber, checkOneOf, checkOptions, optionKeys } from '../../base/check.js'
import { readChoice } from '../../base/choice.js'
import { FormatError } from '../../base/errors.js'
import { History } from '../../base/history.js'
import type { MetricName } from '../../base/log-keys.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../files/safetensors.js'
import type { ParameterTable } from '../../learning/parameters.js'
import { restoreCount, restoreList, restoreNumbers } from '../../learning/restore.js'
import { Sequential } from '../../sequential.js'
import { activationOf } from '../../spec/layer-tensors.js'
import { type LossSpec, lossChoices } from '../../spec/loss.js'
import { type MetricLike, readMetricList } from '../../spec/metric.js'
import { inputsOf, outputsOf } from '../../spec/model.js'
import { Curve } from '../curve.js'
import type { Learned, LearnedRecord } from '../estimator.js'
import type { EstimatorFile } from '../file.js'
import type { EstimatorStopReason } from '../fit-limits.js'
import type { OutputKind } from '../inside.js'
import { optimizerFromJson, optimizerToJson } from './parameters.js'

/** The metrics that are names. */
export function namesIn(metrics: readonly MetricLike[]): MetricName[] {
  return metrics.filter((metric) => typeof metric === 'string')
}

/** What training leaves in an estimator of a network. */
export interface NetworkLearned extends Learned {
  /** Nothing trains it any more: the next fit makes another one. */
  readonly network: Sequential
  readonly kind: OutputKind
  /** What it was compiled with, as a file has it. */
  readonly compiled: { readonly optimizer: object; readonly metrics: readonly MetricName[] }
  /** Of the last fit. */
  readonly history: History
}

/** The number of outputs of a network, and the name of its last activation. */
export function endOf(network: Sequential): { units: number; activation: string } {
  const spec = network.toJSON()
  return { units: outputsOf(spec), activation: activationOf(spec.layers.at(-1)!).name }
}

/** The record of a fit in the form that every estimator has. */
export function learnedFrom(
  network: Sequential,
  loss: LossSpec,
  compiled: NetworkLearned['compiled'],
  history: History,
  counts: { t: number; nFeaturesIn: number; lossCurve: Curve; validationScores: Curve },
): NetworkLearned {
  const { nFeaturesIn, ...sums } = counts
  const progress = {
    ...{ nIter: history.epochs.length, ...sums },
    epochs: network.epochs % 2 ** 32,
    stopReason: history.stopReason as EstimatorStopReason,
  }
  const kind = { activation: endOf(network).activation, loss }
  return { nFeaturesIn, progress, network, kind, compiled, history }
}

/** The metadata under which a network's file has what is no tensor. */
const metadataKey = 'perceptra'

/** The learned part of a file: the network as its own file has it, beside the history. */
export function recordNetwork({ network, kind, compiled, history, progress }: NetworkLearned): LearnedRecord {
  const { tensors, metadata } = decodeSafetensors(network.toBytes(), 'The network')
  const { epochs, logs, stopReason, bestEpoch } = history
  const json = {
    network: JSON.parse(metadata[metadataKey]!),
    loss: kind.loss,
    compiled,
    t: progress.t,
    lossCurve: progress.lossCurve,
    validationScores: progress.validationScores,
    history: { epochs, logs, stopReason, bestEpoch: bestEpoch ?? null }, // NaN becomes null
  }
  return { json, tensors }
}

/** The keys of that part. */
export const networkKeys = [
  ...(['network', 'loss', 'compiled', 'history'] as const),
  ...(['t', 'lossCurve', 'validationScores'] as const),
]

/**
 * Restores the learned part of a file.
 * @param keys the keys of `learned` that the caller reads.
 * @throws FormatError, ArgumentError for a missing, wrong or unknown value.
 */
export async function restoreNetwork(
  { learned: json, tensors }: EstimatorFile<ParameterTable>,
  keys: readonly string[],
): Promise<NetworkLearned> {
  checkOptions(json, 'learned', [...networkKeys, ...keys])
  const loss = readChoice<LossSpec>(json.loss, 'loss', lossChoices)
  const compiled = restoreCompiled(json.compiled)
  const history = restoreHistory(json.history)
  const t = restoreCount(json.t, 't')
  const [lossCurve, validationScores] = (['lossCurve', 'validationScores'] as const).map((key) =>
    Curve.of(restoreList(json[key], key, undefined, numberOrNaN)),
  ) as [Curve, Curve]
  const network = await loadNetwork(json.network, tensors)
  return learnedFrom(network, loss, compiled, history, {
    ...{ t, lossCurve, validationScores, nFeaturesIn: inputsOf(network.toJSON()) },
  })
}

function restoreCompiled(json: unknown): NetworkLearned['compiled'] {
  checkOptions(json, 'compiled', ['optimizer', 'metrics'])
  const { optimizer, metrics } = json as Record<string, unknown>
  return {
    optimizer: optimizerToJson(optimizerFromJson(optimizer)),
    metrics: namesIn(readMetricList(metrics, 'metrics')),
  }
}

function loadNetwork(json: unknown, tensors: Map<string, Tensor>): Promise<Sequential> {
  if (json === null || typeof json !== 'object') throw new FormatError('Its network is missing.')
  return Sequential.load(encodeSafetensors(tensors, { [metadataKey]: JSON.stringify(json) }))
}

const stopReasons = [
  ...(['completed', 'timeLimit', 'stopTraining', 'earlyStopping'] as const),
  ...(['terminateOnNaN', 'converged'] as const),
]
const historyKeys = optionKeys<Pick<History, 'epochs' | 'logs' | 'stopReason' | 'bestEpoch'>>({
  epochs: true,
  logs: true,
  stopReason: true,
  bestEpoch: true,
})

/** JSON has null in place of NaN. */
function numberOrNaN(value: unknown, name: string): number {
  return value === null ? Number.NaN : checkNumber(value, name)
}

function restoreHistory(json: unknown): History {
  checkOptions(json, 'history', historyKeys)
  const { epochs, logs, stopReason, bestEpoch } = json as Record<string, unknown>
  const history = new History()
  for (const epoch of restoreNumbers(epochs, 'epochs', { min: 0 })) history.epochs.push(epoch)
  checkOptions(logs, 'logs', Object.keys(Object(logs)))
  const count = history.epochs.length
  for (const [key, values] of Object.entries(logs as object)) {
    Object.defineProperty(history.logs, key, {
      ...{ value: restoreList(values, key, count, numberOrNaN), writable: true, enumerable: true, configurable: true },
    })
  }
  history.stopReason = checkOneOf(stopReason, 'stopReason', stopReasons)
  history.bestEpoch = bestEpoch === null ? undefined : restoreCount(bestEpoch, 'bestEpoch')
  return history
}

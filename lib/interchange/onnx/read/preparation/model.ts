import { NetworkClassifier } from '../../../../estimators/network/network-classifier.js'
import { NetworkRegressor } from '../../../../estimators/network/network-regressor.js'
import { encodeMetadata } from '../../../../files/metadata.js'
import { decodeSafetensors, encodeSafetensors } from '../../../../files/safetensors.js'
import type { Label } from '../../../../learning/labels.js'
import type { Sequential } from '../../../../sequential.js'
import { outputsOf } from '../../../../spec/model.js'

/** A network, and what its outputs stand for. */
export interface Head {
  readonly network: Sequential
  /** The activation of the last layer. */
  readonly activation: string
  /** Of a classifier. */
  readonly labels: readonly Label[] | undefined
}

const simple = { fromLogits: false, labelSmoothing: 0 }

/** The loss of a classifier that decides as the network does. */
function lossOf(activation: string, units: number): object {
  if (activation === 'softmax') return { name: 'sparseCategoricalCrossentropy', ...simple }
  if (activation === 'sigmoid' && units === 1) return { name: 'binaryCrossentropy', ...simple }
  return { name: 'hinge' }
}

/** The network as an estimator, whose optimizer has not begun. */
export async function estimatorOf({
  network,
  activation,
  labels,
}: Head): Promise<NetworkClassifier | NetworkRegressor> {
  const { layers } = network.toJSON()
  const units = outputsOf(network.toJSON())
  const hidden = layers
    .slice(0, -1)
    .map(({ name: _, inputShape: __, ...layer }: { name?: string; inputShape?: unknown }) => layer)
  const loss = labels ? lossOf(activation, units) : { name: 'meanSquaredError' }
  const options = { layers: hidden as never, loss: loss as never, outputActivation: activation as never }
  const model = labels ? new NetworkClassifier(options) : new NetworkRegressor(options)
  const { tensors, metadata } = decodeSafetensors(network.toBytes(), 'The network')
  const learned = {
    ...{ network: JSON.parse(metadata.perceptra!) as object, loss, seed: network.seed },
    ...{ compiled: { optimizer: { name: 'adam' }, metrics: [] }, t: 0, lossCurve: [], validationScores: [] },
    history: { epochs: [], logs: {}, stopReason: 'completed', bestEpoch: null },
    ...(labels ? { classes: labels, multilabel: false } : { columns: units }),
  }
  const params = { ...model.getParams(), callbacks: [] }
  const name = labels ? 'NetworkClassifier' : 'NetworkRegressor'
  const bytes = encodeSafetensors(tensors, encodeMetadata(name, { params, learned }))
  return labels ? NetworkClassifier.load(bytes) : NetworkRegressor.load(bytes)
}

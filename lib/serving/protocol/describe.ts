import type { Host } from '../host.js'
import type { Servable } from '../servable.js'
import { wordColumns } from '../word-columns.js'
import type { Datatype } from './datatypes.js'
import { datatypeOf, outputNames } from './output-tensors.js'

/** A tensor in metadata: -1 is any size. */
interface TensorMetadata {
  name: string
  datatype: Datatype
  shape: number[]
}

/** What the protocol tells of a server. */
export interface ServerDescription {
  readonly name: string
  readonly version: string
  readonly extensions: readonly string[]
}

/** What the protocol tells of a model. */
export interface ModelDescription {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

/** The version is that of the protocol. */
export function describeServer(): ServerDescription {
  return { name: 'perceptra', version: '2', extensions: ['binary_tensor_data'] }
}

export async function describeModel(host: Host, model: string, version: string | undefined): Promise<ModelDescription> {
  const servable = await host.find(model, version)
  return {
    name: model,
    versions: host.versions(model),
    platform: `perceptra_${servable.kind}`,
    inputs: inputsOf(servable),
    outputs: outputsOf(servable),
  }
}

function inputsOf({ model, columns, inputs }: Servable): TensorMetadata[] {
  if (!columns) return [{ name: 'input', datatype: 'FP32', shape: [-1, inputs ?? -1] }]
  const words = wordColumns(model)
  return columns.map((name) => ({ name, datatype: words.has(name) ? 'BYTES' : 'FP64', shape: [-1, 1] }))
}

/** The outputs that a model has by its kind. */
export function outputsOf({ classes, hasProbabilities, kind }: Servable): TensorMetadata[] {
  if (!classes) {
    const isNetwork = kind === 'Sequential'
    return isNetwork
      ? [{ name: outputNames.network, datatype: 'FP32', shape: [-1, -1] }]
      : [{ name: outputNames.number, datatype: 'FP64', shape: [-1] }]
  }
  const probabilities: TensorMetadata = {
    name: outputNames.probabilities,
    datatype: 'FP32',
    shape: [-1, classes.length],
  }
  return [
    { name: outputNames.label, datatype: datatypeOf(classes), shape: [-1] },
    ...(hasProbabilities ? [probabilities] : []),
  ]
}

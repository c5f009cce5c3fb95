import type { Host } from '../host.js'
import type { Servable } from '../servable.js'
import { wordColumns } from '../word-columns.js'
import { type Answer, type Call, json } from './call.js'
import type { Datatype } from './datatypes.js'
import { datatypeOf, outputNames } from './output-tensors.js'
import type { PathParameters } from './paths.js'

/** A tensor in metadata: -1 is any size. */
interface TensorMetadata {
  name: string
  datatype: Datatype
  shape: number[]
}

/** The version of the protocol's extensions that the server speaks. */
export function serverMetadata(): Answer {
  return json({ name: 'perceptra', version: '2', extensions: ['binary_tensor_data'] })
}

export async function modelMetadata(host: Host, _: Call, { model, version }: PathParameters): Promise<Answer> {
  const servable = await host.find(model, version)
  return json({
    name: model,
    versions: host.versions(model),
    platform: `perceptra_${servable.kind}`,
    inputs: inputsOf(servable),
    outputs: outputsOf(servable),
  })
}

function inputsOf({ model, columns, inputs }: Servable): TensorMetadata[] {
  if (!columns) return [{ name: 'input', datatype: 'FP32', shape: [-1, inputs ?? -1] }]
  const words = wordColumns(model)
  return columns.map((name) => ({ name, datatype: words.has(name) ? 'BYTES' : 'FP64', shape: [-1, 1] }))
}

function outputsOf({ classes, hasProbabilities, kind }: Servable): TensorMetadata[] {
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

import type { Host } from '../host.js'
import { encodeBinary, type Tensor } from '../protocol/datatypes.js'
import { inferTensors } from '../protocol/infer-tensors.js'
import { type Answer, type Call, json } from './call.js'
import type { PathParameters } from './paths.js'
import { type InferenceRequest, readInferenceRequest } from './request-tensors.js'

/** POST /v2/models/{model}/infer: tensors in, tensors out, as JSON or with binary data behind it. */
export async function infer(host: Host, call: Call, { model, version }: PathParameters): Promise<Answer> {
  const body = await call.body(host.settings.maxBodyBytes)
  const request = readInferenceRequest(body, call.header('inference-header-content-length'))
  const { id, inputs } = request
  const wanted = request.outputs && [...request.outputs.keys()]
  const told = await inferTensors(host, { model, version, inputs, outputs: wanted }, call.client, call.span)
  const head = { model_name: model, model_version: told.version, ...(id !== undefined && { id }) }
  return encode(head, told.outputs, request)
}

function encode(head: object, tensors: readonly Tensor[], { outputs, isBinary }: InferenceRequest): Answer {
  const binary = tensors.map((tensor) => ((outputs?.get(tensor.name) ?? isBinary) ? encodeBinary(tensor) : undefined))
  const described = tensors.map(({ name, datatype, shape, data }, i) => {
    const bytes = binary[i]
    return bytes
      ? { name, datatype, shape, parameters: { binary_data_size: bytes.length } }
      : { name, datatype, shape, data: Array.from(data as ArrayLike<unknown>) }
  })
  const body = { ...head, outputs: described }
  if (binary.every((bytes) => bytes === undefined)) return json(body)
  const text = new TextEncoder().encode(JSON.stringify(body))
  return {
    status: 200,
    type: 'application/octet-stream',
    headers: { 'inference-header-content-length': `${text.length}` },
    body: Buffer.concat([text, ...binary.filter((bytes) => bytes !== undefined)]),
  }
}

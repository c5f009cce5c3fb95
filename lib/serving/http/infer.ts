import { Matrix } from '../../base/matrix.js'
import type { Host } from '../host.js'
import type { Servable } from '../servable.js'
import { TimeLimit } from '../time-limit.js'
import { type Answer, type Call, json } from './call.js'
import { encodeBinary, type Tensor, wrong } from './datatypes.js'
import { outputTensors } from './output-tensors.js'
import type { PathParameters } from './paths.js'
import { type InferenceRequest, readInferenceRequest } from './request-tensors.js'

/** POST /v2/models/{model}/infer: tensors in, tensors out, as JSON or with binary data behind it. */
export async function infer(host: Host, call: Call, { model, version }: PathParameters): Promise<Answer> {
  const body = await call.body(host.settings.maxBodyBytes)
  const request = readInferenceRequest(body, call.header('inference-header-content-length'))
  const servable = await host.find(model, version)
  const wants = (name: string) => request.outputs === undefined || request.outputs.has(name)
  const limit = new TimeLimit(host.settings.timeoutMs, call.signal)
  try {
    const rows = toRows(servable, request.inputs)
    const withProbabilities = servable.hasProbabilities && wants('probabilities')
    const work = () => servable.many(rows, withProbabilities, limit.signal)
    const scored = await host.batcher(model).whole(rows instanceof Matrix ? rows.rows : rows.length, work)
    host.metrics?.predicted(
      model,
      servable.version,
      scored.predictions instanceof Matrix ? scored.predictions.rows : scored.predictions.length,
    )
    const outputs = outputTensors(servable, scored)
    checkNames(request, outputs)
    const { version: served } = servable
    const head = { model_name: model, model_version: served, ...(request.id !== undefined && { id: request.id }) }
    return encode(
      head,
      outputs.filter(({ name }) => wants(name)),
      request,
    )
  } finally {
    limit.end()
  }
}

/** Rows for the model: one tensor of all columns, or one tensor for each column by its name. */
function toRows(servable: Servable, inputs: readonly Tensor[]): Matrix | readonly unknown[] {
  const [first] = inputs
  const { columns } = servable
  const isByColumn = inputs.length > 1 || (columns?.length === 1 && first!.name === columns[0])
  if (!isByColumn) return toTable(servable, first!)
  const rows = first!.shape[0]!
  for (const { name, shape } of inputs) {
    const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1)
    if (!isColumn || shape[0] !== rows) {
      throw wrong(`Expected the shape [${rows}, 1] or [${rows}] for input ${JSON.stringify(name)}, as for the others.`)
    }
  }
  const entries = (i: number) => inputs.map(({ name, data }) => [name, data[i]])
  return Array.from({ length: rows }, (_, i) => Object.fromEntries(entries(i)))
}

function toTable({ inputs, columns }: Servable, { name, datatype, shape, data }: Tensor): Matrix | readonly unknown[] {
  const width = shape.length === 1 ? shape[0]! : shape.slice(1).reduce((product, size) => product * size, 1)
  const expected = inputs ?? columns?.length
  if (expected !== undefined && width !== expected) {
    const forms = columns ? `, or a tensor for each of ${columns.slice(0, 20).join(', ')}` : ''
    throw wrong(`Expected [rows, ${expected}] for the shape of input ${JSON.stringify(name)}${forms}.`)
  }
  if (width === 0 || data.length === 0) throw wrong(`Input ${JSON.stringify(name)} has no rows.`)
  if (datatype !== 'BYTES' && datatype !== 'BOOL') {
    const values = data instanceof Float32Array ? data : Float64Array.from(data as ArrayLike<number>)
    const numbers = values instanceof Float32Array ? values : Float32Array.from(values)
    return columns ? cells(values, width) : new Matrix(numbers, data.length / width, width)
  }
  return cells(data, width)
}

function cells(data: Tensor['data'], width: number): unknown[][] {
  return Array.from({ length: data.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => data[i * width + j]),
  )
}

function checkNames({ outputs }: InferenceRequest, tensors: readonly Tensor[]): void {
  const names = tensors.map(({ name }) => name)
  for (const name of outputs?.keys() ?? []) {
    if (!names.includes(name)) throw wrong(`There is no output ${JSON.stringify(name)}, but ${names.join(', ')}.`)
  }
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

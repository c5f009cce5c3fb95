import { Matrix } from '../../base/matrix.js'
import type { Host } from '../host.js'
import type { Servable } from '../servable.js'
import { type Client, TimeLimit } from '../time-limit.js'
import type { RequestSpan } from '../traces.js'
import { type Tensor, wrong } from './datatypes.js'
import { outputsOf } from './describe.js'
import { outputNames, outputTensors } from './output-tensors.js'

/** What an inference request asks for, whatever it came by. */
export interface TensorsAsked {
  readonly model: string
  /** Undefined: the newest. */
  readonly version?: string | undefined
  readonly inputs: readonly Tensor[]
  /** The names of outputs; undefined: all. */
  readonly outputs: readonly string[] | undefined
}

/** The outputs, and the version of the model that computed them. */
export interface TensorsTold {
  readonly version: string
  readonly outputs: readonly Tensor[]
}

/** @throws Problem 400 for tensors that the model does not take; what the model and the batcher throw. */
export async function inferTensors(
  host: Host,
  { model, version, inputs, outputs: wanted }: TensorsAsked,
  client: Client,
  span: RequestSpan | undefined,
): Promise<TensorsTold> {
  const servable = await host.find(model, version)
  span?.answeredBy(servable.version)
  const limit = new TimeLimit(host.settings.timeoutMs, client)
  try {
    limit.signal.throwIfAborted()
    checkPossible(wanted, servable)
    const rows = toRows(servable, inputs)
    const count = rows instanceof Matrix ? rows.rows : rows.length
    const withProbabilities = servable.hasProbabilities && (wanted?.includes('probabilities') ?? true)
    const work = () => servable.many(rows, withProbabilities, limit.signal)
    const scored = await host.batcher(model).whole(count, work, span)
    host.metrics?.predicted(model, servable.version, count)
    const outputs = outputTensors(servable, scored)
    checkNames(wanted, outputs)
    return { version: servable.version, outputs: outputs.filter(({ name }) => wanted?.includes(name) ?? true) }
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

/** Names that no model of the kind answers are refused before it computes. */
function checkPossible(wanted: readonly string[] | undefined, servable: Servable): void {
  const { label, network, number, probabilities } = outputNames
  const possible = [
    ...(servable.classes ? [label] : [network, number]),
    ...(servable.hasProbabilities ? [probabilities] : []),
  ]
  const unknown = wanted?.find((name) => !possible.includes(name))
  if (unknown === undefined) return
  const names = outputsOf(servable).map(({ name }) => name)
  throw wrong(`There is no output ${JSON.stringify(unknown)}, but ${names.join(', ')}.`)
}

function checkNames(wanted: readonly string[] | undefined, tensors: readonly Tensor[]): void {
  const names = tensors.map(({ name }) => name)
  for (const name of wanted ?? []) {
    if (!names.includes(name)) throw wrong(`There is no output ${JSON.stringify(name)}, but ${names.join(', ')}.`)
  }
}

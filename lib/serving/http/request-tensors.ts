import { describe } from '../../base/check.js'
import { type Datatype, decodeBinary, decodeJson, type Tensor, wrong } from '../protocol/datatypes.js'
import { checkDatatype, checkShape } from '../protocol/tensor-checks.js'
import { parseJson } from './body.js'

/** An inference request, with its tensors decoded. */
export interface InferenceRequest {
  readonly id: string | undefined
  readonly inputs: readonly Tensor[]
  /** The names of the outputs that are asked for, and whether in binary form; undefined: all. */
  readonly outputs: ReadonlyMap<string, boolean> | undefined
  /** Whether outputs are binary where they do not say. */
  readonly isBinary: boolean
}

interface Parameters {
  binary_data_size?: unknown
  binary_data?: unknown
  binary_data_output?: unknown
}

/**
 * Reads a request of the protocol.
 * @param headerLength the value of Inference-Header-Content-Length: the bytes of the JSON, behind which binary tensors follow.
 * @throws Problem 400 for whatever does not follow the protocol.
 */
export function readInferenceRequest(bytes: Uint8Array, headerLength: string | null | undefined): InferenceRequest {
  const length = headerLength ? Number(headerLength) : bytes.length
  if (!Number.isInteger(length) || length < 0 || length > bytes.length) {
    throw wrong(`Expected at most the body's ${bytes.length} bytes for Inference-Header-Content-Length.`)
  }
  const body = objectOf(parseJson(bytes.subarray(0, length)), 'the request')
  const binary = new BinaryPart(bytes.subarray(length))
  const inputs = listOf(body.inputs, 'inputs').map((input, i) => readInput(objectOf(input, `inputs[${i}]`), binary))
  if (inputs.length === 0) throw wrong('Expected one or more tensors for inputs, but got none.')
  binary.checkEnd()
  const asked = body.outputs === undefined ? undefined : listOf(body.outputs, 'outputs')
  const isBinary = parametersOf(body).binary_data_output === true
  return {
    id: typeof body.id === 'string' ? body.id : undefined,
    inputs,
    outputs: asked && new Map(asked.map((output, i) => readOutput(objectOf(output, `outputs[${i}]`), isBinary))),
    isBinary,
  }
}

/** The bytes behind the JSON, which binary tensors take one after the other. */
class BinaryPart {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  take(size: unknown, what: string): Uint8Array {
    const left = this.bytes.length - this.#at
    if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > left) {
      throw wrong(`Expected 0 to ${left} for binary_data_size of ${what}, but got ${describe(size)}.`)
    }
    this.#at += size as number
    return this.bytes.subarray(this.#at - (size as number), this.#at)
  }

  checkEnd(): void {
    const left = this.bytes.length - this.#at
    if (left > 0) throw wrong(`${left} bytes behind the tensors belong to none: set binary_data_size.`)
  }
}

function readInput(input: Record<string, unknown>, binary: BinaryPart): Tensor {
  const { name, datatype, shape, data } = input
  if (typeof name !== 'string') throw wrong(`Expected a string for the name of an input, but got ${describe(name)}.`)
  const what = `input ${JSON.stringify(name.slice(0, 60))}`
  const type = checkDatatype(datatype, what)
  const count = checkShape(shape, what)
  const size = parametersOf(input).binary_data_size
  return {
    name,
    datatype: type,
    shape: shape as number[],
    data: size === undefined ? decodeJson(type, data, count, what) : fromBinary(type, binary, size, count, what),
  }
}

function fromBinary(datatype: Datatype, binary: BinaryPart, size: unknown, count: number, what: string) {
  return decodeBinary(datatype, binary.take(size, what), count, what)
}

function readOutput(output: Record<string, unknown>, isBinary: boolean): [string, boolean] {
  if (typeof output.name !== 'string') throw wrong('Expected a string for the name of each entry of outputs.')
  const { binary_data: binary } = parametersOf(output)
  return [output.name, binary === undefined ? isBinary : binary === true]
}

function parametersOf({ parameters }: Record<string, unknown>): Parameters {
  return Object(parameters) as Parameters
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong(`Expected an object for ${what}, but got ${describe(value)}.`)
}

function listOf(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(`Expected a list for ${what}, but got ${describe(value)}.`)
}

import { type BinaryReader, WireType } from '../../files/protobuf.js'
import { type Datatype, decodeBinary, type Tensor, wrong } from '../protocol/datatypes.js'
import { checkDatatype, checkElements, checkShape } from '../protocol/tensor-checks.js'
import { type ModelNamed, readMessage, readNested } from './read-messages.js'

/** A ModelInferRequest, with its tensors decoded. */
export interface InferRequest extends ModelNamed {
  readonly id: string
  readonly inputs: readonly Tensor[]
  /** Undefined: all. */
  readonly outputs: readonly string[] | undefined
  /** Whether the inputs came as bytes; then the outputs go as bytes. */
  readonly isRaw: boolean
}

/** Most inputs, outputs or raw contents of a request: a small message must not become millions of objects. */
const mostTensors = 10_000

interface Input {
  name: string
  datatype: string
  shape: number[]
  /** By the number of their field in InferTensorContents. */
  contents: Map<number, (number | boolean | string)[]>
}

/** @throws Problem 400 for whatever does not follow the protocol. */
export function readInferRequest(bytes: Uint8Array): InferRequest {
  let [model, version, id] = ['', '', '']
  const inputs: Input[] = []
  const outputs: string[] = []
  const raw: Uint8Array[] = []
  readMessage(bytes, (field, reader) => {
    if (field === 1) model = reader.string()
    else if (field === 2) version = reader.string()
    else if (field === 3) id = reader.string()
    else if (field === 5) push(inputs, readInput(reader), 'inputs')
    else if (field === 6) push(outputs, readName(reader), 'outputs')
    else if (field === 7) push(raw, reader.bytes(), 'raw_input_contents')
    else return false
    return true
  })
  if (inputs.length === 0) throw wrong('Expected one or more tensors for inputs, but got none.')
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw wrong(`Expected raw_input_contents for each of the ${inputs.length} inputs, but got ${raw.length}.`)
  }
  return {
    ...{ model, version: version || undefined, id, isRaw: raw.length > 0 },
    inputs: inputs.map((input, i) => toTensor(input, raw[i])),
    outputs: outputs.length > 0 ? outputs : undefined,
  }
}

function push<T>(list: T[], value: T, what: string): void {
  if (list.length === mostTensors) throw wrong(`Expected at most ${mostTensors} entries in ${what}.`)
  list.push(value)
}

function readInput(reader: BinaryReader): Input {
  const input: Input = { name: '', datatype: '', shape: [], contents: new Map() }
  readNested(reader, (field, inner, wireType) => {
    if (field === 1) input.name = inner.string()
    else if (field === 2) input.datatype = inner.string()
    else if (field === 3) readList(inner, wireType, () => addSize(input.shape, Number(inner.int64())))
    else if (field === 5) readNested(inner, (of, values, type) => readContents(input.contents, of, values, type))
    else return false
    return true
  })
  return input
}

function readName(reader: BinaryReader): string {
  let name = ''
  readNested(reader, (field, inner) => {
    if (field === 1) name = inner.string()
    return field === 1
  })
  return name
}

/** A fifth size is enough to refuse a shape. */
function addSize(shape: number[], size: number): void {
  if (shape.length < 5) shape.push(size)
}

/** Numbers of a repeated field: one, or packed. */
function readList(reader: BinaryReader, wireType: number, readOne: () => void): void {
  if (wireType !== WireType.LengthDelimited) {
    readOne()
    return
  }
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new RangeError('premature EOF')
  while (reader.pos < end) readOne()
}

type Element = (reader: BinaryReader) => number | boolean | string

const decoder = new TextDecoder()

/** How the fields of InferTensorContents are read, and the datatypes that each is for. */
const contentFields: Readonly<Record<number, { read: Element; datatypes: readonly Datatype[] }>> = {
  1: { read: (reader) => reader.bool(), datatypes: ['BOOL'] },
  2: { read: (reader) => reader.int32(), datatypes: ['INT8', 'INT16', 'INT32'] },
  3: { read: (reader) => Number(reader.int64()), datatypes: ['INT64'] },
  4: { read: (reader) => reader.uint32(), datatypes: ['UINT8', 'UINT16', 'UINT32'] },
  5: { read: (reader) => Number(reader.uint64()), datatypes: ['UINT64'] },
  6: { read: (reader) => reader.float(), datatypes: ['FP32'] },
  7: { read: (reader) => reader.double(), datatypes: ['FP64'] },
  8: { read: (reader) => decoder.decode(reader.bytes()), datatypes: ['BYTES'] },
}

const bytesField = 8

function readContents(contents: Input['contents'], field: number, reader: BinaryReader, wireType: number): boolean {
  const known = contentFields[field]
  if (!known) return false
  const values = contents.get(field) ?? []
  contents.set(field, values)
  if (field === bytesField) values.push(known.read(reader))
  else readList(reader, wireType, () => values.push(known.read(reader)))
  return true
}

function toTensor({ name, datatype, shape, contents }: Input, raw: Uint8Array | undefined): Tensor {
  const what = `input ${JSON.stringify(name.slice(0, 60))}`
  const type = checkDatatype(datatype, what)
  const count = checkShape(shape, what)
  if (raw) {
    if (contents.size > 0) throw wrong(`Expected raw_input_contents or contents for ${what}, but got both.`)
    return { name, datatype: type, shape, data: decodeBinary(type, raw, count, what) }
  }
  const field = Object.keys(contentFields).find((key) => contentFields[Number(key)]!.datatypes.includes(type))
  if (field === undefined) throw wrong(`Expected raw_input_contents for ${what}, since ${type} has no contents.`)
  const data = contents.get(Number(field)) ?? []
  if (contents.size > (contents.has(Number(field)) ? 1 : 0)) {
    throw wrong(`Expected the contents of ${what} in the field for ${type} alone.`)
  }
  checkElements(data.length, count, what)
  return { name, datatype: type, shape, data: data as number[] }
}

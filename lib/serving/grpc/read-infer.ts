import { type BinaryReader, WireType } from '../../files/protobuf.js'
import { type Datatype, decodeBinary, decodeText, type Tensor, wrong } from '../protocol/datatypes.js'
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
  /** InferTensorContents as bytes: type and shape, which tell how many elements to read, may come behind it. */
  contents: Uint8Array[]
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
  const input: Input = { name: '', datatype: '', shape: [], contents: [] }
  readNested(reader, (field, inner, wireType) => {
    if (field === 1) input.name = inner.string()
    else if (field === 2) input.datatype = inner.string()
    else if (field === 3 && input.shape.length < enoughSizes) readSizes(inner, wireType, input.shape)
    else if (field === 5) push(input.contents, inner.bytes(), 'contents')
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
const enoughSizes = 5

function readSizes(reader: BinaryReader, wireType: number, shape: number[]): void {
  readList(reader, wireType, () => {
    if (shape.length === enoughSizes) return false
    shape.push(Number(reader.int64()))
    return true
  })
}

/** Numbers of a repeated field: one, or packed, up to where `readOne` returns false. */
function readList(reader: BinaryReader, wireType: number, readOne: () => boolean): void {
  if (wireType !== WireType.LengthDelimited) {
    readOne()
    return
  }
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new RangeError('premature EOF')
  while (reader.pos < end) if (!readOne()) reader.pos = end
}

type Element = (reader: BinaryReader) => number | boolean | string

/** How the fields of InferTensorContents are read, and the datatypes that each is for. */
const contentFields: Readonly<Record<number, { read: Element; datatypes: readonly Datatype[] }>> = {
  1: { read: (reader) => reader.bool(), datatypes: ['BOOL'] },
  2: { read: (reader) => reader.int32(), datatypes: ['INT8', 'INT16', 'INT32'] },
  3: { read: (reader) => Number(reader.int64()), datatypes: ['INT64'] },
  4: { read: (reader) => reader.uint32(), datatypes: ['UINT8', 'UINT16', 'UINT32'] },
  5: { read: (reader) => Number(reader.uint64()), datatypes: ['UINT64'] },
  6: { read: (reader) => reader.float(), datatypes: ['FP32'] },
  7: { read: (reader) => reader.double(), datatypes: ['FP64'] },
  8: { read: (reader) => decodeText(reader.bytes()), datatypes: ['BYTES'] },
}

const bytesField = 8

/** The elements for a type, at most `count`: a long list must not block the server before it is refused. */
function decodeContents(contents: readonly Uint8Array[], type: Datatype, count: number, what: string): Tensor['data'] {
  const field = Number(Object.keys(contentFields).find((key) => contentFields[Number(key)]!.datatypes.includes(type)))
  if (Number.isNaN(field)) throw wrong(`Expected raw_input_contents for ${what}, since ${type} has no contents.`)
  const { read } = contentFields[field]!
  const values: (number | boolean | string)[] = []
  const readOne = (reader: BinaryReader) => {
    if (values.length === count) throw wrong(`Expected ${count} elements for ${what}, but got more.`)
    values.push(read(reader))
    return true
  }
  readContents(contents, (of, reader, wireType) => {
    if (of !== field) throw wrong(`Expected the contents of ${what} in the field for ${type} alone.`)
    if (field === bytesField) readOne(reader)
    else readList(reader, wireType, () => readOne(reader))
  })
  checkElements(values.length, count, what)
  return values as number[]
}

/** Reads the fields that hold elements. */
function readContents(
  contents: readonly Uint8Array[],
  read: (field: number, reader: BinaryReader, wireType: number) => void,
): void {
  for (const bytes of contents) {
    readMessage(bytes, (field, reader, wireType) => {
      if (!(field in contentFields)) return false
      read(field, reader, wireType)
      return true
    })
  }
}

function toTensor({ name, datatype, shape, contents }: Input, raw: Uint8Array | undefined): Tensor {
  const what = `input ${JSON.stringify(name.slice(0, 60))}`
  const type = checkDatatype(datatype, what)
  const count = checkShape(shape, what)
  if (!raw) return { name, datatype: type, shape, data: decodeContents(contents, type, count, what) }
  readContents(contents, () => {
    throw wrong(`Expected raw_input_contents or contents for ${what}, but got both.`)
  })
  return { name, datatype: type, shape, data: decodeBinary(type, raw, count, what) }
}

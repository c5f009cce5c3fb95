import { BinaryWriter, WireType } from '../../files/protobuf.js'
import { encodeBinary, type Tensor } from '../protocol/datatypes.js'
import type { ModelDescription, ServerDescription } from '../protocol/describe.js'

/** ServerLiveResponse, ServerReadyResponse and ModelReadyResponse. */
export function writeBoolean(value: boolean): Uint8Array {
  return tagged(new BinaryWriter(), 1, WireType.Varint).bool(value).finish()
}

export function writeServer({ name, version, extensions }: ServerDescription): Uint8Array {
  const writer = new BinaryWriter()
  writeStrings(writer, 1, [name])
  writeStrings(writer, 2, [version])
  writeStrings(writer, 3, extensions)
  return writer.finish()
}

export function writeModel({ name, versions, platform, inputs, outputs }: ModelDescription): Uint8Array {
  const writer = new BinaryWriter()
  writeStrings(writer, 1, [name])
  writeStrings(writer, 2, versions)
  writeStrings(writer, 3, [platform])
  for (const [field, tensors] of [
    [4, inputs],
    [5, outputs],
  ] as const) {
    for (const tensor of tensors) {
      nested(writer, field)
      writeTensorHead(writer, tensor)
      writer.join()
    }
  }
  return writer.finish()
}

/** What a ModelInferResponse tells. */
export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly id: string
  readonly outputs: readonly Tensor[]
  /** Whether outputs are bytes, behind all of them. */
  readonly isRaw: boolean
}

export function writeInferResponse({ model, version, id, outputs, isRaw }: InferResponse): Uint8Array {
  const writer = new BinaryWriter()
  writeStrings(writer, 1, [model])
  writeStrings(writer, 2, [version])
  if (id !== '') writeStrings(writer, 3, [id])
  for (const tensor of outputs) {
    nested(writer, 5)
    writeTensorHead(writer, tensor)
    if (!isRaw) writeContents(writer, tensor)
    writer.join()
  }
  if (isRaw) for (const tensor of outputs) tagged(writer, 6, WireType.LengthDelimited).bytes(encodeBinary(tensor))
  return writer.finish()
}

function writeTensorHead(writer: BinaryWriter, { name, datatype, shape }: Omit<Tensor, 'data'>): void {
  writeStrings(writer, 1, [name])
  writeStrings(writer, 2, [datatype])
  nested(writer, 3)
  for (const size of shape) writer.int64(size)
  writer.join()
}

/** The outputs of models are labels, probabilities and numbers: these datatypes alone. */
function writeContents(writer: BinaryWriter, { datatype, data }: Tensor): void {
  nested(writer, 5)
  if (datatype === 'BYTES') writeStrings(writer, 8, data as readonly string[])
  else {
    const field = { BOOL: 1, INT64: 3, FP32: 6, FP64: 7 }[datatype as string]!
    nested(writer, field)
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number
      if (field === 1) writer.bool(Boolean(value))
      else if (field === 3) writer.int64(value)
      else if (field === 6) writer.float(value)
      else writer.double(value)
    }
    writer.join()
  }
  writer.join()
}

function writeStrings(writer: BinaryWriter, field: number, values: readonly string[]): void {
  for (const value of values) tagged(writer, field, WireType.LengthDelimited).string(value)
}

/** Begins a message, or packed numbers, up to `join`. */
function nested(writer: BinaryWriter, field: number): BinaryWriter {
  return tagged(writer, field, WireType.LengthDelimited).fork()
}

function tagged(writer: BinaryWriter, field: number, wireType: WireType): BinaryWriter {
  return writer.tag(field, wireType)
}

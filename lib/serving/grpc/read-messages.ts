import { BinaryReader } from '../../files/protobuf.js'
import { Problem } from '../problem.js'

/** Reads a field of a message: the value follows in the reader. False for a field that is not used. */
type ReadField = (field: number, reader: BinaryReader, wireType: number) => boolean

/** @throws Problem 400 for bytes that are no message. */
export function readMessage(bytes: Uint8Array, read: ReadField): void {
  try {
    readFields(new BinaryReader(bytes), bytes.length, read)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(
      400,
      'ERR_MESSAGE',
      `Expected a message of the Open Inference Protocol: ${(error as Error).message}.`,
    )
  }
}

/** A message inside another one. */
export function readNested(reader: BinaryReader, read: ReadField): void {
  const size = reader.uint32()
  const end = reader.pos + size
  if (end > reader.len) throw new RangeError('premature EOF')
  readFields(reader, end, read)
  if (reader.pos !== end) throw new RangeError('a field goes past the end of its message')
}

function readFields(reader: BinaryReader, end: number, read: ReadField): void {
  while (reader.pos < end) {
    const [field, wireType] = reader.tag()
    if (!read(field, reader, wireType)) reader.skip(wireType, field)
  }
}

/** The name and the version that a request about a model has. */
export interface ModelNamed {
  readonly model: string
  /** Undefined: the newest. */
  readonly version: string | undefined
}

/** ModelReadyRequest and ModelMetadataRequest. */
export function readModelRequest(bytes: Uint8Array): ModelNamed {
  let [model, version] = ['', '']
  readMessage(bytes, (field, reader) => {
    if (field === 1) model = reader.string()
    else if (field === 2) version = reader.string()
    else return false
    return true
  })
  return { model, version: version || undefined }
}

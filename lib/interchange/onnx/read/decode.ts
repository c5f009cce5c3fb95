import type { Work } from '../../../base/breathing.js'
import {
  BinaryReader,
  create,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  mergeFromBinary,
  WireType,
} from '../proto/messages.js'

/** Bytes of a graph that are decoded in one step, if its next field is not longer. */
const bytesInStep = 1 << 14

const options = { readUnknownFields: false }

/** Decodes the messages of a file, the graph in steps of some fields: a message in parts is the same as a whole one. */
export function* decodeModel(bytes: Uint8Array): Work<ModelProto> {
  const model = create(ModelProtoSchema)
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const begin = reader.pos
    const [field, wire] = reader.tag()
    if (field === ModelProtoSchema.field.graph.number && wire === WireType.LengthDelimited) {
      model.graph ??= create(GraphProtoSchema)
      for (const part of partsOf(reader.bytes())) {
        mergeFromBinary(GraphProtoSchema, model.graph, part, options)
        yield
      }
    } else {
      reader.skip(wire, field)
      mergeFromBinary(ModelProtoSchema, model, bytes.subarray(begin, reader.pos), options)
      yield
    }
  }
  return model
}

/** Whole fields of a message, about `bytesInStep` bytes of them at a time. */
function* partsOf(message: Uint8Array): Generator<Uint8Array> {
  const reader = new BinaryReader(message)
  let begin = 0
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    reader.skip(wire, field)
    if (reader.pos - begin < bytesInStep && reader.pos < reader.len) continue
    yield message.subarray(begin, reader.pos)
    begin = reader.pos
  }
}

import { sizeOfParts } from '../../../files/parts.js'
import {
  BinaryWriter,
  create,
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProtoSchema,
  toBinary,
  WireType,
} from '../proto/messages.js'
import { type Graph, mlDomain, mlOpset, opset } from './graph.js'

/** The intermediate representation that goes with opset 17. */
const irVersion = 8n

// The numbers of fields in onnx-ml.proto that are written by hand.
const graphOfModel = 7
const initializerOfGraph = 5
const rawDataOfTensor = 9

/**
 * The file of a graph, in parts whose bytes follow each other. A message is the sequence of its fields, so that large tensors stand
 * between parts that the compiler of messages wrote, and are copied once.
 */
export function fileParts(graph: Graph, name: string): Uint8Array[] {
  const domains = [
    { domain: '', version: BigInt(opset) },
    ...(graph.usesMl ? [{ domain: mlDomain, version: BigInt(mlOpset) }] : []),
  ]
  const model = create(ModelProtoSchema, { irVersion, producerName: 'perceptra', opsetImport: domains })
  const { nodes: node, inputs: input, outputs: output } = graph
  const inside = [
    toBinary(GraphProtoSchema, create(GraphProtoSchema, { name, node, input, output })),
    ...graph.constants.flatMap(({ tensor, bytes }) => {
      const head = toBinary(TensorProtoSchema, tensor)
      const parts = bytes ? [head, lengthOf(rawDataOfTensor, bytes.length), bytes] : [head]
      return [lengthOf(initializerOfGraph, sizeOfParts(parts)), ...parts]
    }),
  ]
  return [toBinary(ModelProtoSchema, model), lengthOf(graphOfModel, sizeOfParts(inside)), ...inside]
}

/** The tag and the length of a field that holds this many bytes. */
function lengthOf(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish()
}

import { AttributeProto_AttributeType, type AttributeProtoSchema, type MessageInitShape } from '../proto/messages.js'

/** An attribute of a node, without its name. */
export type Attribute = MessageInitShape<typeof AttributeProtoSchema>

export const int = (value: number): Attribute => ({ type: AttributeProto_AttributeType.INT, i: BigInt(value) })

export const float = (value: number): Attribute => ({ type: AttributeProto_AttributeType.FLOAT, f: value })

export const text = (value: string): Attribute => ({
  type: AttributeProto_AttributeType.STRING,
  s: new TextEncoder().encode(value),
})

export const ints = (values: readonly number[]): Attribute => ({
  type: AttributeProto_AttributeType.INTS,
  ints: values.map(BigInt),
})

export const floats = (values: readonly number[]): Attribute => ({
  type: AttributeProto_AttributeType.FLOATS,
  floats: [...values],
})

export const texts = (values: readonly string[]): Attribute => ({
  type: AttributeProto_AttributeType.STRINGS,
  strings: values.map((value) => new TextEncoder().encode(value)),
})

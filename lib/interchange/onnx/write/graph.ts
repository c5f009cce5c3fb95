import {
  create,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType as T,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../proto/messages.js'
import type { Attribute } from './attributes.js'

/** The types of tensors that exported graphs have. */
export type ElementType = 'float' | 'double' | 'int64' | 'int32' | 'bool' | 'string'

export const elementTypes: Readonly<Record<ElementType, T>> = {
  float: T.FLOAT,
  double: T.DOUBLE,
  int64: T.INT64,
  int32: T.INT32,
  bool: T.BOOL,
  string: T.STRING,
}

/** A value of the graph: a table of (rows, columns), or one number a row where `columns` is undefined. */
export interface Value {
  readonly name: string
  readonly type: ElementType
  readonly columns: number | undefined
}

/** A constant: its message, and its numbers apart from it, so that large ones are copied once. */
export interface Constant {
  readonly tensor: TensorProto
  readonly bytes: Uint8Array | undefined
}

/** The numbers of a constant; bytes are truth values. */
type Numbers = Float32Array | Float64Array | BigInt64Array | Uint8Array

function typeOf(values: Numbers): T {
  if (values instanceof Float32Array) return T.FLOAT
  if (values instanceof Float64Array) return T.DOUBLE
  return values instanceof BigInt64Array ? T.INT64 : T.BOOL
}

/** The set of operators that exported graphs use: any runtime since 2022 has it. */
export const opset = 17
/** The set of ai.onnx.ml, for graphs with strings. */
export const mlOpset = 3
export const mlDomain = 'ai.onnx.ml'

/** A graph under construction: nodes in order, constants, inputs and outputs. */
export class Graph {
  nodes: NodeProto[] = []
  constants: Constant[] = []
  readonly inputs: ValueInfoProto[] = []
  readonly outputs: ValueInfoProto[] = []
  readonly #names = new Set<string>()
  /** The name of the step that writes nodes: it begins their names. */
  #scope = ''

  /** Whether nodes of ai.onnx.ml are in the graph. */
  get usesMl(): boolean {
    return this.nodes.some(({ domain }) => domain === mlDomain)
  }

  /** Writes a step: its name begins the names of its nodes. */
  within<T>(step: string, write: () => T): T {
    const scope = this.#scope
    this.#scope = scope === '' ? step : `${scope}/${step}`
    const result = write()
    this.#scope = scope
    return result
  }

  /** Adds a node with one output, and returns the name of that. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.nodeOf('', opType, inputs, attributes)
  }

  /** As `node`, of ai.onnx.ml. */
  mlNode(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string {
    return this.nodeOf(mlDomain, opType, inputs, attributes)
  }

  /** A constant of numbers. */
  constant(values: Numbers, dims: readonly number[], name = 'constant'): string {
    const type = typeOf(values)
    const unique = this.unique(name)
    const tensor = create(TensorProtoSchema, { name: unique, dataType: type, dims: dims.map(BigInt) })
    this.constants.push({ tensor, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) })
    return unique
  }

  /** A constant of whole numbers. */
  integers(values: readonly number[], dims: readonly number[] = [values.length], name?: string): string {
    return this.constant(BigInt64Array.from(values, BigInt), dims, name)
  }

  /** A constant of strings. */
  strings(values: readonly string[], dims: readonly number[] = [values.length], name = 'constant'): string {
    const unique = this.unique(name)
    const stringData = values.map((value) => new TextEncoder().encode(value))
    const tensor = create(TensorProtoSchema, { name: unique, dataType: T.STRING, dims: dims.map(BigInt), stringData })
    this.constants.push({ tensor, bytes: undefined })
    return unique
  }

  /** An input of the whole graph. */
  input(name: string, type: ElementType, columns: number): Value {
    this.#names.add(name)
    this.inputs.push(valueInfo(name, type, columns))
    return { name, type, columns }
  }

  /** Makes a value an output of the whole graph, under this name, with a number if an input has it. */
  output({ name: from, type, columns }: Value, wanted: string): void {
    const name = this.unique(wanted)
    this.nodes.push(
      create(NodeProtoSchema, { opType: 'Identity', name: `output_${name}`, input: [from], output: [name] }),
    )
    this.outputs.push(valueInfo(name, type, columns))
  }

  /** Removes the nodes and constants that no output depends on. */
  prune(): void {
    const needed = new Set(this.outputs.map(({ name }) => name))
    const kept = this.nodes.toReversed().filter(({ input, output }) => {
      const isNeeded = output.some((name) => needed.has(name))
      if (isNeeded) for (const name of input) needed.add(name)
      return isNeeded
    })
    this.nodes = kept.reverse()
    this.constants = this.constants.filter(({ tensor }) => needed.has(tensor.name))
  }

  private nodeOf(
    domain: string,
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): string {
    const name = this.unique(opType.toLowerCase())
    const attribute = Object.entries(attributes).map(([key, value]) => ({ ...value, name: key }))
    this.nodes.push(create(NodeProtoSchema, { opType, domain, name, input: [...inputs], output: [name], attribute }))
    return name
  }

  private unique(name: string): string {
    const base = this.#scope === '' ? name : `${this.#scope}/${name}`
    let unique = base
    for (let k = 1; this.#names.has(unique); k++) unique = `${base}_${k}`
    this.#names.add(unique)
    return unique
  }
}

/** The description of an input or output: `rows` has any size. */
function valueInfo(name: string, type: ElementType, columns: number | undefined): ValueInfoProto {
  const dim = [{ value: { case: 'dimParam' as const, value: 'rows' } }]
  const rest = columns === undefined ? [] : [{ value: { case: 'dimValue' as const, value: BigInt(columns) } }]
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: elementTypes[type], shape: { dim: [...dim, ...rest] } } },
    },
  })
}

import { describe } from '../../../base/check.js'
import { maxWeights } from '../../../spec/layer.js'
import { fromBfloat16, fromHalf } from '../../half.js'
import { TensorProto_DataType as T, type TensorProto, TensorProto_DataLocation } from '../proto/messages.js'
import { problem } from './problem.js'

/** A constant of numbers; the numbers are float64, which holds float32 and whole numbers up to 2^53 exactly. */
export interface NumberTensor {
  readonly dims: readonly number[]
  readonly data: Float64Array | Float32Array
}

/** Reads the bytes of external data: location, offset and length are untrusted. */
export type ReadExternal = (tensor: TensorProto, bytes: number) => Uint8Array

const sizes: Partial<Record<T, number>> = {
  [T.FLOAT]: 4,
  [T.DOUBLE]: 8,
  [T.INT64]: 8,
  [T.INT32]: 4,
  [T.FLOAT16]: 2,
  [T.BFLOAT16]: 2,
  [T.INT8]: 1,
  [T.UINT8]: 1,
  [T.BOOL]: 1,
}

/**
 * The numbers of a tensor.
 * @throws FormatError for impossible sizes, for fewer or more numbers than its dimensions say, and for other types.
 */
export function readTensor(tensor: TensorProto, file: string, readExternal: ReadExternal): NumberTensor {
  const name = `tensor ${describe(tensor.name)}`
  const dims = tensor.dims.map(Number)
  const count = dims.reduce((product, size) => product * size, 1)
  if (dims.some((size) => size < 0) || !(count <= maxWeights)) {
    throw problem(file, `${name} has the dimensions [${dims.join(', ')}]: at most ${maxWeights} numbers can be read.`)
  }
  const size = sizes[tensor.dataType as T]
  if (size === undefined) throw problem(file, `${name} is of type ${T[tensor.dataType] ?? tensor.dataType}.`)
  const isExternal = tensor.dataLocation === TensorProto_DataLocation.EXTERNAL
  const raw = isExternal ? readExternal(tensor, count * size) : tensor.rawData
  if (raw.length > 0 || isExternal) {
    if (raw.length === count * size) return { dims, data: fromRaw(raw, tensor.dataType as T, count) }
    throw problem(file, `${name} has ${raw.length} bytes, but its dimensions need ${count * size}.`)
  }
  const values = typedValues(tensor)
  if (values.length === count)
    return { dims, data: tensor.dataType === T.FLOAT ? Float32Array.from(values) : Float64Array.from(values) }
  throw problem(file, `${name} has ${values.length} numbers, but its dimensions need ${count}.`)
}

/** The field that holds the numbers of each type. */
function typedValues(tensor: TensorProto): number[] {
  switch (tensor.dataType as T) {
    case T.FLOAT:
      return tensor.floatData
    case T.DOUBLE:
      return tensor.doubleData
    case T.INT64:
      return tensor.int64Data.map(Number)
    case T.FLOAT16:
      return tensor.int32Data.map(fromHalf)
    case T.BFLOAT16:
      return tensor.int32Data.map(fromBfloat16)
    default:
      return tensor.int32Data
  }
}

/** Numbers of little-endian bytes, which may begin anywhere: where they are aligned, a view of them. */
function fromRaw(raw: Uint8Array, type: T, count: number): Float64Array | Float32Array {
  if (type === T.FLOAT) {
    if (raw.byteOffset % 4 === 0) return new Float32Array(raw.buffer, raw.byteOffset, count)
    const data = new Float32Array(count)
    new Uint8Array(data.buffer).set(raw)
    return data
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const read: Partial<Record<T, (k: number) => number>> = {
    [T.DOUBLE]: (k) => view.getFloat64(8 * k, true),
    [T.INT64]: (k) => Number(view.getBigInt64(8 * k, true)),
    [T.INT32]: (k) => view.getInt32(4 * k, true),
    [T.FLOAT16]: (k) => fromHalf(view.getUint16(2 * k, true)),
    [T.BFLOAT16]: (k) => fromBfloat16(view.getUint16(2 * k, true)),
    [T.INT8]: (k) => view.getInt8(k),
  }
  const at = read[type] ?? ((k: number) => raw[k]!)
  return Float64Array.from({ length: count }, (_, k) => at(k))
}

import { Problem } from '../problem.js'

/** The datatypes of the Open Inference Protocol v2. */
export type Datatype = keyof typeof datatypes

/** A tensor of numbers, words or truth values, in row-major order. */
export interface Tensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: ArrayLike<number> | readonly string[] | readonly boolean[]
}

type View = (view: DataView, at: number) => number | boolean

interface DatatypeRules {
  /** Bytes of an element; 0 where it varies. */
  readonly bytes: number
  /** Of an element of JSON. */
  readonly type: 'number' | 'boolean' | 'string'
  readonly read?: View
}

const numbers = (bytes: number, read: View): DatatypeRules => ({ bytes, type: 'number', read })

const datatypes = {
  BOOL: { bytes: 1, type: 'boolean', read: (view, at) => view.getUint8(at) !== 0 } as DatatypeRules,
  UINT8: numbers(1, (view, at) => view.getUint8(at)),
  UINT16: numbers(2, (view, at) => view.getUint16(at, true)),
  UINT32: numbers(4, (view, at) => view.getUint32(at, true)),
  UINT64: numbers(8, (view, at) => Number(view.getBigUint64(at, true))),
  INT8: numbers(1, (view, at) => view.getInt8(at)),
  INT16: numbers(2, (view, at) => view.getInt16(at, true)),
  INT32: numbers(4, (view, at) => view.getInt32(at, true)),
  INT64: numbers(8, (view, at) => Number(view.getBigInt64(at, true))),
  FP16: numbers(2, (view, at) => halfOf(view.getUint16(at, true))),
  FP32: numbers(4, (view, at) => view.getFloat32(at, true)),
  FP64: numbers(8, (view, at) => view.getFloat64(at, true)),
  BYTES: { bytes: 0, type: 'string' } as DatatypeRules,
}

/** IEEE 754 binary16, from its bits. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && Object.hasOwn(datatypes, value)
}

export const datatypeNames = Object.keys(datatypes) as Datatype[]

/**
 * The elements of a tensor from its bytes.
 * @param what the tensor, for messages.
 * @throws Problem 400 where the bytes are not as many as the shape asks for.
 */
export function decodeBinary(datatype: Datatype, bytes: Uint8Array, count: number, what: string): Tensor['data'] {
  if (datatype === 'BYTES') return decodeStrings(bytes, count, what)
  const { bytes: size, read } = datatypes[datatype] as DatatypeRules
  if (bytes.length !== count * size) {
    throw wrong(`Expected ${count * size} bytes for ${what} (${count} x ${datatype}), but got ${bytes.length}.`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (datatype === 'BOOL') return Array.from({ length: count }, (_, i) => read!(view, i) as boolean)
  const data = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count)
  for (let i = 0; i < count; i++) data[i] = read!(view, i * size) as number
  return data
}

const decoder = new TextDecoder()

/** A string from UTF-8. A request may have millions that are empty: those need no decoder. */
export function decodeText(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : decoder.decode(bytes)
}

/** Each element is its length, four bytes in little-endian order, and its bytes. */
function decodeStrings(bytes: Uint8Array, count: number, what: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const strings: string[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity
    if (end > bytes.length) throw wrong(`Element ${strings.length} of ${what} goes past the end of its bytes.`)
    if (strings.length === count) throw wrong(`Expected ${count} elements for ${what}, but got more.`)
    strings.push(decodeText(bytes.subarray(at + 4, end)))
    at = end
  }
  if (strings.length !== count) throw wrong(`Expected ${count} elements for ${what}, but got ${strings.length}.`)
  return strings
}

/**
 * The elements of a tensor from JSON, flat or nested.
 * @throws Problem 400 for another number of elements, or one of a wrong type.
 */
export function decodeJson(datatype: Datatype, data: unknown, count: number, what: string): Tensor['data'] {
  if (!Array.isArray(data)) throw wrong(`Expected a list for the data of ${what}.`)
  // Shapes have few dimensions; a deeper list is refused below, by its elements.
  const flat = typeof data[0] === 'object' ? (data.flat(3) as unknown[]) : (data as unknown[])
  if (flat.length !== count) throw wrong(`Expected ${count} elements for ${what}, but got ${flat.length}.`)
  const { type } = datatypes[datatype]
  const at = flat.findIndex((value) => typeof value !== type)
  if (at >= 0) {
    const element = JSON.stringify(flat[at])?.slice(0, 60)
    throw wrong(`Expected a ${type} for element ${at} of ${what} (${datatype}), but got ${element}.`)
  }
  return flat as number[]
}

/** The bytes of a tensor. */
export function encodeBinary({ datatype, data }: Tensor): Uint8Array {
  if (datatype === 'BYTES') {
    const encoder = new TextEncoder()
    return Buffer.concat(
      (data as readonly string[]).flatMap((text) => {
        const bytes = encoder.encode(text)
        const length = Buffer.alloc(4)
        length.writeUInt32LE(bytes.length)
        return [length, bytes]
      }),
    )
  }
  if (datatype === 'BOOL') return Uint8Array.from(data as readonly boolean[], Number)
  const bytes = new Uint8Array(data.length * datatypes[datatype].bytes)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < data.length; i++) {
    if (datatype === 'FP32') view.setFloat32(4 * i, data[i] as number, true)
    else if (datatype === 'INT64') view.setBigInt64(8 * i, BigInt(data[i] as number), true)
    else view.setFloat64(8 * i, data[i] as number, true)
  }
  return bytes
}

export function wrong(message: string): Problem {
  return new Problem(400, 'ERR_TENSOR', message)
}

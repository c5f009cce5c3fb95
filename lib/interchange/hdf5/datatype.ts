import { fromHalf } from '../half.js'
import type { FileView } from '../read/view.js'

/** The type of elements. */
export interface Datatype {
  readonly kind: 'integer' | 'float' | 'string' | 'variableString'
  readonly size: number
  readonly signed: boolean
}

/** Reads a datatype message: little-endian numbers and strings. */
export function readDatatype(view: FileView, at: number): Datatype {
  const [type, flags, size] = [view.u8(at) & 15, view.u8(at + 1), view.u32(at + 4)]
  if (size === 0) throw view.fail('elements of at least 1 byte', `none at byte ${at}`)
  if (type === 3) return { kind: 'string', size, signed: false }
  if (type === 9 && (flags & 15) === 1) return { kind: 'variableString', size: 16, signed: false }
  if (flags & 1) throw view.fail('little-endian numbers', `others at byte ${at}`)
  if (type === 0 && [1, 2, 4, 8].includes(size)) return { kind: 'integer', size, signed: (flags & 8) !== 0 }
  if (type === 1 && [2, 4, 8].includes(size) && isIeee(view, at, size)) return { kind: 'float', size, signed: true }
  throw view.fail('numbers or strings', `elements of class ${type}, ${size} bytes, at byte ${at}`)
}

/** Whether the exponent has the place and size of IEEE 754. */
function isIeee(view: FileView, at: number, size: number): boolean {
  const [place, bits] = [view.u8(at + 12), view.u8(at + 13)]
  return `${place},${bits}` === { 2: '10,5', 4: '23,8', 8: '52,11' }[size]
}

/** Elements as float32. Integers beyond 2^24 are rounded. */
export function toFloats(data: Uint8Array, { kind, size, signed }: Datatype, count: number): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  if (kind === 'float' && size === 4) return new Float32Array(data.slice().buffer)
  const read = readerOf(view, kind, size, signed)
  return Float32Array.from({ length: count }, (_, k) => read(k * size))
}

function readerOf(view: DataView, kind: string, size: number, signed: boolean): (at: number) => number {
  if (kind === 'float')
    return size === 2 ? (at) => fromHalf(view.getUint16(at, true)) : (at) => view.getFloat64(at, true)
  if (size === 1) return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at)
  if (size === 2) return signed ? (at) => view.getInt16(at, true) : (at) => view.getUint16(at, true)
  if (size === 4) return signed ? (at) => view.getInt32(at, true) : (at) => view.getUint32(at, true)
  return (at) => Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true))
}

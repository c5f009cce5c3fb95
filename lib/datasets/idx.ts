import { constants } from 'node:buffer'
import { checkString } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { gunzip, gunzipHead, isGzip } from './gunzip.js'
import { readBytes } from './read-bytes.js'

/**
 * An array as an IDX file holds it; `data` is row-major, of as many elements as the product of `shape`. Bytes may be a view
 * of what was unpacked: their `byteOffset` need not be 0.
 */
export interface IdxArray {
  shape: number[]
  data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array
}

interface ElementType {
  array: new (length: number) => IdxArray['data']
  bytes: number
  read: (view: DataView, at: number) => number
}

/** By the third byte of the magic. IDX is big-endian. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { array: Uint8Array, bytes: 1, read: (view, at) => view.getUint8(at) },
  9: { array: Int8Array, bytes: 1, read: (view, at) => view.getInt8(at) },
  11: { array: Int16Array, bytes: 2, read: (view, at) => view.getInt16(at) },
  12: { array: Int32Array, bytes: 4, read: (view, at) => view.getInt32(at) },
  13: { array: Float32Array, bytes: 4, read: (view, at) => view.getFloat32(at) },
  14: { array: Float64Array, bytes: 8, read: (view, at) => view.getFloat64(at) },
}

/** The magic and the most dimensions that its one byte can count. */
const maxHeaderBytes = 4 + 4 * 255

interface Header {
  type: ElementType
  shape: number[]
  /** How many bytes the header itself has. */
  bytes: number
  /** How many bytes the whole unpacked file must have. */
  fileBytes: number
}

/**
 * Reads an IDX file, the format of MNIST, plain or gzip'd (told apart by content, not by name).
 *
 * Source: "The MNIST database", section "The IDX file format" (Y. LeCun, C. Cortes, C. Burges).
 * @throws ArgumentError when the file cannot be read; its cause is Node's error.
 * @throws FormatError when magic, dimensions or length do not fit together; no more than 64 MiB is
 *   allocated on a claim alone.
 */
export async function readIdx(path: string): Promise<IdxArray> {
  return decodeIdx(await readBytes(checkString(path, 'path')), path)
}

/**
 * The same from the bytes of a file.
 * @param name the file's name, for messages.
 */
export async function decodeIdx(bytes: Uint8Array, name: string): Promise<IdxArray> {
  if (!isGzip(bytes)) return decodePlain(bytes, name)
  const { fileBytes } = readHeader(await gunzipHead(bytes, name, maxHeaderBytes), name)
  return decodePlain(await gunzip(bytes, name, fileBytes), name, true)
}

/** `owned`: nobody else has the bytes. */
function decodePlain(bytes: Uint8Array, name: string, owned = false): IdxArray {
  const { type, shape, bytes: headerBytes, fileBytes } = readHeader(bytes, name)
  if (bytes.length !== fileBytes) {
    const why = bytes.length < fileBytes ? 'it is truncated' : 'there are trailing bytes'
    throw new FormatError(
      `${name}: expected ${fileBytes} bytes for the shape [${shape}], but found ${bytes.length}: ${why}.`,
    )
  }
  if (type.array === Uint8Array) return { shape, data: withoutHead(bytes, headerBytes, owned) }
  const data = new type.array((fileBytes - headerBytes) / type.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < data.length; i++) data[i] = type.read(view, headerBytes + i * type.bytes)
  return { shape, data }
}

/** Fewer bytes may lie in memory that Node shares out, and are soon copied. */
const large = 2 ** 20

/** All but the first `length` bytes; many of our own stay where they are. */
function withoutHead(bytes: Uint8Array, length: number, owned: boolean): Uint8Array {
  const rest = bytes.subarray(length)
  const stays = owned && rest.length >= large
  return stays ? new Uint8Array(rest.buffer, rest.byteOffset, rest.length) : new Uint8Array(rest)
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (bytes.length < 4) throw new FormatError(`${name}: expected an IDX header, but found ${bytes.length} bytes.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const type = elementTypes[view.getUint8(2)]
  const dimensions = view.getUint8(3)
  if (view.getUint16(0) !== 0 || !type || dimensions === 0) {
    const magic = view.getUint32(0).toString(16).padStart(8, '0')
    throw new FormatError(
      `${name}: expected an IDX magic (0000, a type of 08 09 0b 0c 0d 0e, a count of dimensions), but found ${magic}.`,
    )
  }
  const headerBytes = 4 + 4 * dimensions
  if (bytes.length < headerBytes) {
    throw new FormatError(
      `${name}: expected ${headerBytes} bytes of header for ${dimensions} dimensions, but found ${bytes.length}.`,
    )
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const fileBytes = headerBytes + shape.reduce((product, size) => product * size, type.bytes)
  if (!(fileBytes <= constants.MAX_LENGTH)) {
    throw new FormatError(`${name}: expected a size in reach, but found the shape [${shape}].`)
  }
  return { type, shape, bytes: headerBytes, fileBytes }
}

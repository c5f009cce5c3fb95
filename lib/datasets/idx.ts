import { constants } from 'node:buffer'
import { checkString } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { gunzip, gunzipHead, isGzip } from './gunzip.js'
import { readBytes } from './read-bytes.js'

/**
 * The array of an IDX file; `data` is row-major. Bytes may be a view of the unpacked file: their `byteOffset` need not be 0.
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

/** Element types by the third byte of the magic number. IDX is big-endian. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { array: Uint8Array, bytes: 1, read: (view, at) => view.getUint8(at) },
  9: { array: Int8Array, bytes: 1, read: (view, at) => view.getInt8(at) },
  11: { array: Int16Array, bytes: 2, read: (view, at) => view.getInt16(at) },
  12: { array: Int32Array, bytes: 4, read: (view, at) => view.getInt32(at) },
  13: { array: Float32Array, bytes: 4, read: (view, at) => view.getFloat32(at) },
  14: { array: Float64Array, bytes: 8, read: (view, at) => view.getFloat64(at) },
}

/** The size of a header with 255 dimensions, the most that its byte can count. */
const maxHeaderBytes = 4 + 4 * 255

interface Header {
  type: ElementType
  shape: number[]
  /** The size of the header. */
  bytes: number
  /** The size that the unpacked file must have. */
  fileBytes: number
}

/**
 * Reads an IDX file, the format of MNIST, plain or packed by gzip (which the content decides, not the name).
 *
 * Source: "The MNIST database", section "The IDX file format" (Y. LeCun, C. Cortes, C. Burges).
 * @throws ArgumentError for a file that cannot be read; its cause is Node's error.
 * @throws FormatError if magic number, dimensions and length contradict each other. At most 64 MiB are allocated because a header
 * says so.
 */
export async function readIdx(path: string): Promise<IdxArray> {
  return decodeIdx(await readBytes(checkString(path, 'path')), path)
}

/**
 * Reads the bytes of an IDX file.
 * @param name the name of the file, for messages.
 */
export async function decodeIdx(bytes: Uint8Array, name: string): Promise<IdxArray> {
  if (!isGzip(bytes)) return decodePlain(bytes, name)
  const { fileBytes } = readHeader(await gunzipHead(bytes, name, maxHeaderBytes), name)
  return decodePlain(await gunzip(bytes, name, fileBytes), name, true)
}

/** @param owned whether the bytes are ours alone, so that the result may be a view of them. */
function decodePlain(bytes: Uint8Array, name: string, owned = false): IdxArray {
  const { type, shape, bytes: headerBytes, fileBytes } = readHeader(bytes, name)
  if (bytes.length !== fileBytes) {
    const problem = bytes.length < fileBytes ? 'it is truncated' : 'there are trailing bytes'
    throw new FormatError(
      `${name}: expected ${fileBytes} bytes for the shape [${shape}], but found ${bytes.length}: ${problem}.`,
    )
  }
  if (type.array === Uint8Array) return { shape, data: withoutHead(bytes, headerBytes, owned) }
  const data = new type.array((fileBytes - headerBytes) / type.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < data.length; i++) data[i] = type.read(view, headerBytes + i * type.bytes)
  return { shape, data }
}

/** Smaller buffers may be part of Node's shared pool, and are cheap to copy. */
const large = 2 ** 20

/** All but the first `length` bytes: a view of large owned bytes, else a copy. */
function withoutHead(bytes: Uint8Array, length: number, owned: boolean): Uint8Array {
  const rest = bytes.subarray(length)
  const isView = owned && rest.length >= large
  return isView ? new Uint8Array(rest.buffer, rest.byteOffset, rest.length) : new Uint8Array(rest)
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (bytes.length < 4) throw new FormatError(`${name}: expected an IDX header, but found ${bytes.length} bytes.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const type = elementTypes[view.getUint8(2)]
  const dimensions = view.getUint8(3)
  if (view.getUint16(0) !== 0 || !type || dimensions === 0) {
    const magic = view.getUint32(0).toString(16).padStart(8, '0')
    throw new FormatError(
      `${name}: expected an IDX magic number (0000, a type of 08 09 0b 0c 0d 0e, a count of dimensions), but found ${magic}.`,
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
    throw new FormatError(`${name}: expected at most ${constants.MAX_LENGTH} bytes, but found the shape [${shape}].`)
  }
  return { type, shape, bytes: headerBytes, fileBytes }
}

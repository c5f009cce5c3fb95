import { describe, invalid } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { findDuplicateKey } from './json-keys.js'
import { joinParts } from './parts.js'

const arrayTypes = {
  F32: Float32Array,
  F64: Float64Array,
  // JavaScript has no such numbers everywhere: their bits.
  F16: Uint16Array,
  BF16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const

/** The supported element types, by safetensors' names. */
export type Dtype = keyof typeof arrayTypes

/** A tensor: `data` is row-major and holds as many elements as the product of `shape` (1 for `[]`). */
export type Tensor = {
  [D in Dtype]: { dtype: D; shape: number[]; data: InstanceType<(typeof arrayTypes)[D]> }
}[Dtype]

/** The contents of a safetensors file. */
export interface SafetensorsFile {
  tensors: Map<string, Tensor>
  metadata: Record<string, string>
}

/** A tensor as the header lists it; offsets count from the end of the header. */
interface Entry {
  tensorName: string
  dtype: Dtype
  shape: number[]
  begin: number
  end: number
}

/** The length of the header, in bytes at the start of a file. */
export const lengthBytes = 8
const metadataKey = '__metadata__'
/** The limit of the reference implementation. */
export const maxHeaderBytes = 100_000_000

/**
 * Encodes tensors and text metadata as a safetensors file. The data of wider element types come first, so that the data
 * of every tensor are aligned; the header keeps the order of `tensors`.
 *
 * Source: the format's description in github.com/huggingface/safetensors (README, "Format").
 * @throws ArgumentError when a shape does not fit its data, or metadata are not strings.
 */
export function encodeSafetensors(tensors: Map<string, Tensor>, metadata: Record<string, string> = {}): Uint8Array {
  return joinParts(safetensorsParts(tensors, metadata))
}

/**
 * The bytes of encodeSafetensors in parts that follow each other; those of tensors are views of their data.
 * @throws as encodeSafetensors does.
 */
export function safetensorsParts(tensors: Map<string, Tensor>, metadata: Record<string, string> = {}): Uint8Array[] {
  for (const [tensorName, tensor] of tensors) checkTensor(tensorName, tensor)
  const offsets = new Map<string, number>()
  const widestFirst = [...tensors].sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype))
  let dataBytes = 0
  for (const [tensorName, { data }] of widestFirst) {
    offsets.set(tensorName, dataBytes)
    dataBytes += data.byteLength
  }

  const header = encodeHeader(tensors, offsets, metadata)
  const length = new Uint8Array(lengthBytes)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  const views = widestFirst.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return [length, header, ...views]
}

/**
 * Decodes a safetensors file from untrusted bytes: every length, offset, shape and name is checked before it is used,
 * and the tensors must fill the file without a gap or an overlap.
 *
 * Tensors are views of `bytes` where they are aligned, else copies.
 * @param name the file's name, for messages.
 * @throws FormatError that names the file and what is wrong with it.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const headerBytes = readHeaderLength(bytes, name)
  const dataStart = lengthBytes + headerBytes
  const header = parseHeader(bytes.subarray(lengthBytes, dataStart), name)

  const entries: Entry[] = []
  let metadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(header)) {
    if (key === metadataKey) metadata = readMetadata(value, name)
    else entries.push(readEntry(key, value, name))
  }
  checkTiling(entries, bytes.length - dataStart, name)
  const tensors = new Map(entries.map((entry) => [entry.tensorName, readTensor(bytes, dataStart, entry)]))
  return { tensors, metadata }
}

function checkTensor(tensorName: string, { dtype, shape, data }: Tensor): void {
  const label = `tensor ${describe(tensorName)}`
  if (tensorName === metadataKey) throw invalid('the name of a tensor', `another name than ${metadataKey}`, tensorName)
  const type = Object.hasOwn(arrayTypes, dtype) ? arrayTypes[dtype] : undefined
  if (!type) throw invalid(`dtype of ${label}`, `one of ${Object.keys(arrayTypes).join(', ')}`, dtype)
  // By its tag: arrays that the addon makes are of another realm than the classes of a test in Jest.
  if (!ArrayBuffer.isView(data) || data[Symbol.toStringTag] !== type.name)
    throw invalid(`data of ${label}`, `a ${type.name}`, data)
  if (!Array.isArray(shape) || elementCount(shape) !== data.length) {
    throw invalid(`shape of ${label}`, `sizes whose product is ${data.length}`, `[${shape}]`)
  }
}

/** The header as JSON, written key by key, because an object would move names such as "0" to the front. */
function encodeHeader(
  tensors: Map<string, Tensor>,
  offsets: Map<string, number>,
  metadata: Record<string, string>,
): Uint8Array {
  const fields: string[] = []
  if (Object.keys(metadata).length > 0) {
    for (const [key, value] of Object.entries(metadata)) {
      if (typeof value !== 'string') throw invalid(`metadata ${describe(key)}`, 'a string', value)
    }
    fields.push(`"${metadataKey}":${JSON.stringify(metadata)}`)
  }
  for (const [tensorName, { dtype, shape, data }] of tensors) {
    const begin = offsets.get(tensorName)!
    const entry = { dtype, shape, data_offsets: [begin, begin + data.byteLength] }
    fields.push(`${JSON.stringify(tensorName)}:${JSON.stringify(entry)}`)
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`)
  if (json.length > maxHeaderBytes - lengthBytes) {
    throw new ArgumentError(`Expected names and metadata of at most ${maxHeaderBytes} bytes, but got ${json.length}.`)
  }
  // Padded, so that the data start at a multiple of 8, the size of the widest element.
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20)
  header.set(json)
  return header
}

function readHeaderLength(bytes: Uint8Array, name: string): number {
  if (bytes.length < lengthBytes) throw bad(name, `at least ${lengthBytes} bytes`, `${bytes.length}`)
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true)
  if (headerBytes > BigInt(maxHeaderBytes))
    throw bad(name, `a header of at most ${maxHeaderBytes} bytes`, `${headerBytes} (is it a file of another kind?)`)
  const rest = bytes.length - lengthBytes
  if (headerBytes > BigInt(rest)) {
    throw bad(name, `a header of ${headerBytes} bytes, as the file says`, `only ${rest} bytes (is it truncated?)`)
  }
  return Number(headerBytes)
}

function parseHeader(bytes: Uint8Array, name: string): Record<string, unknown> {
  let header: unknown
  let duplicate: string | undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    header = JSON.parse(text)
    duplicate = findDuplicateKey(text)
  } catch (cause) {
    throw bad(name, 'a header in JSON', (cause as Error).message, { cause })
  }
  // The format demands a brace as the first byte; white space may only follow the header.
  if (!isObject(header) || bytes[0] !== 0x7b) throw bad(name, 'an object as the header', describe(header))
  if (duplicate !== undefined) throw bad(name, 'names that differ', `${describe(duplicate)} twice`)
  return header
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  if (!isObject(value)) throw bad(name, `an object as ${metadataKey}`, describe(value))
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw bad(name, `a string as metadata ${describe(key)}`, describe(text))
  }
  return value as Record<string, string>
}

function readEntry(tensorName: string, value: unknown, name: string): Entry {
  const label = `tensor ${describe(tensorName)}`
  if (!isObject(value)) throw bad(name, `an object as ${label}`, describe(value))
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(arrayTypes, dtype)) {
    const supported = Object.keys(arrayTypes).join(', ')
    throw new FormatError(`${name}: dtype ${describe(dtype)} of ${label} is not supported. Supported are ${supported}.`)
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw bad(name, `an array of sizes as shape of ${label}`, JSON.stringify(shape) ?? 'nothing')
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw bad(name, `[begin, end] as data_offsets of ${label}`, JSON.stringify(offsets) ?? 'nothing')
  }
  const [begin, end] = offsets as [number, number]
  const tensorBytes = elementCount(shape) * bytesPerElement(dtype as Dtype)
  if (!Number.isSafeInteger(tensorBytes))
    throw bad(name, `a size that can be counted for ${label}`, `the shape [${shape}]`)
  if (end - begin !== tensorBytes) {
    throw bad(name, `${tensorBytes} bytes for ${label} (${dtype}, [${shape}])`, `data_offsets [${begin}, ${end}]`)
  }
  return { tensorName, dtype: dtype as Dtype, shape, begin, end }
}

/** The tensors must fill the data without a gap or an overlap, so that no byte is read twice and none is hidden. */
function checkTiling(entries: readonly Entry[], dataBytes: number, name: string): void {
  let at = 0
  for (const { tensorName, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      const what = begin < at ? 'an overlap' : 'a gap'
      throw bad(name, `tensor ${describe(tensorName)} to begin at byte ${at} of the data`, `${begin}: ${what}`)
    }
    at = end
  }
  if (at > dataBytes) throw bad(name, `${at} bytes of data`, `${dataBytes} (is it truncated?)`)
  if (at < dataBytes) throw bad(name, `${at} bytes of data`, `${dataBytes}: trailing bytes`)
}

/** The format is little-endian, and so are all machines that the addon is built for. */
function readTensor(bytes: Uint8Array, dataStart: number, { dtype, shape, begin, end }: Entry): Tensor {
  const type = arrayTypes[dtype]
  const part = bytes.subarray(dataStart + begin, dataStart + end)
  const aligned = part.byteOffset % type.BYTES_PER_ELEMENT === 0 ? part : new Uint8Array(part)
  const data = new type(aligned.buffer as ArrayBuffer, aligned.byteOffset, part.length / type.BYTES_PER_ELEMENT)
  return { dtype, shape, data } as Tensor
}

/** The product of the sizes, or NaN when it is no safe integer. */
function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => (isCount(size) && isCount(count * size) ? count * size : Number.NaN), 1)
}

function bytesPerElement(dtype: Dtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function bad(name: string, expected: string, actual: string, options?: ErrorOptions): FormatError {
  return new FormatError(
    `${name} is not a readable safetensors file: expected ${expected}, but got ${actual}.`,
    options,
  )
}

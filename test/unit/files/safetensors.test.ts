import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, FormatError } from '../../../lib/base/errors.js'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../../lib/files/safetensors.js'

const arrayTypes = {
  F32: Float32Array,
  F64: Float64Array,
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
}

/** The values that scripts/fixtures/make-safetensors.py wrote, in another order. */
const everyTensor = new Map<string, Tensor>([
  ['u8', { dtype: 'U8', shape: [1, 3, 1], data: Uint8Array.of(0, 1, 255) }],
  ['f32', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(0, 1.5, -2.25, 3e38, 1e-45, -0) }],
  ['f64', { dtype: 'F64', shape: [3], data: Float64Array.of(0.1, -1e300, 5e-324) }],
  ['i8', { dtype: 'I8', shape: [3], data: Int8Array.of(-128, 0, 127) }],
  ['i16', { dtype: 'I16', shape: [2], data: Int16Array.of(-32768, 32767) }],
  ['u16', { dtype: 'U16', shape: [2], data: Uint16Array.of(0, 65535) }],
  ['i32', { dtype: 'I32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }],
  ['u32', { dtype: 'U32', shape: [2], data: Uint32Array.of(0, 2 ** 32 - 1) }],
  ['i64', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) }],
  ['u64', { dtype: 'U64', shape: [2], data: BigUint64Array.of(0n, 2n ** 64n - 1n) }],
  ['scalar', { dtype: 'F32', shape: [], data: Float32Array.of(7.5) }],
  ['empty', { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) }],
  ['0', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }],
  ['layer/0.kernel é', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
])
const knownMetadata = { format: 'perceptra', note: 'čtyři "quoted" \\ 数' }

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`fixtures/${name}.safetensors`, import.meta.url))
}

/** A file from a header (an object, or JSON that no object can give) and so many zero bytes of data. */
function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)])
}

/** The same, with a byte of any value in the place of the question mark. */
function fileWithByte(value: number, header: object): Uint8Array {
  const bytes = fileOf(header)
  bytes[bytes.indexOf('?'.charCodeAt(0))] = value
  return bytes
}

function headerOf(bytes: Uint8Array): string {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  return new TextDecoder().decode(bytes.subarray(8, 8 + length))
}

function messageOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, 'model.safetensors')
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    expect((error as FormatError).code).toBe('ERR_FORMAT')
    expect((error as FormatError).message).toContain('model.safetensors')
    return (error as FormatError).message
  }
  throw new Error('the file was read')
}

const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...(Object.keys(arrayTypes) as Tensor['dtype'][])), fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const type = arrayTypes[dtype]
    const bytes = shape.reduce((product, size) => product * size, 1) * type.BYTES_PER_ELEMENT
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((raw) => ({ dtype, shape, data: new type(Uint8Array.from(raw).buffer) }) as Tensor)
  })
const tensorName = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '0', '17', '"', '\\', '\u0000', '{}', ''),
)
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.json())
const file = fc.record({
  tensors: fc.array(fc.tuple(tensorName, tensor), { maxLength: 6 }).map((entries) => new Map(entries)),
  metadata: fc.array(fc.tuple(tensorName, text), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
})

/** NaN has many bit patterns: compare bytes. */
function bits({ dtype, shape, data }: Tensor) {
  return { dtype, shape, bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex') }
}

describe('round trip', () => {
  it('decodes the tensors and metadata that it encoded', () => {
    fc.assert(
      fc.property(file, fc.nat(8), ({ tensors, metadata }, shift) => {
        const encoded = encodeSafetensors(tensors, metadata)
        // As read at any place in memory, aligned or not.
        const moved = new Uint8Array(encoded.length + shift).subarray(shift)
        moved.set(encoded)
        const decoded = decodeSafetensors(moved, 'x')
        expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort())
        expect(new Set(decoded.tensors.keys())).toEqual(new Set(tensors.keys()))
        for (const [name, value] of tensors) expect(bits(decoded.tensors.get(name)!)).toEqual(bits(value))
      }),
    )
  })

  it('keeps the order of names and aligns every tensor', () => {
    const encoded = encodeSafetensors(everyTensor, knownMetadata)
    const names = [...everyTensor.keys()]
    const at = names.map((name) => headerOf(encoded).indexOf(`${JSON.stringify(name)}:{`))
    expect(at).toEqual([...at].sort((a, b) => a - b))
    expect(at[0]).toBeGreaterThan(0)

    const { tensors } = decodeSafetensors(encoded, 'x')
    for (const { data } of tensors.values()) expect(data.buffer).toBe(encoded.buffer)
  })

  it('starts the data at a multiple of 8', () => {
    fc.assert(
      fc.property(file, ({ tensors, metadata }) => {
        const encoded = encodeSafetensors(tensors, metadata)
        expect(new DataView(encoded.buffer).getBigUint64(0, true) % 8n).toBe(0n)
      }),
    )
  })

  it('reads __proto__ as an ordinary name', () => {
    const entry = { dtype: 'U8', shape: [1], data_offsets: [0, 1] }
    const header = `{"__metadata__":{"__proto__":"evil"},"__proto__":${JSON.stringify(entry)}}`
    const { tensors, metadata } = decodeSafetensors(fileOf(header, 1), 'x')
    expect(tensors.get('__proto__')).toEqual({ dtype: 'U8', shape: [1], data: Uint8Array.of(0) })
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>).evil).toBeUndefined()
  })
})

describe("parity with Python's safetensors", () => {
  it('reads every element type of a file written by Python', () => {
    const { tensors, metadata } = decodeSafetensors(fixture('every-dtype'), 'every-dtype')
    expect(metadata).toEqual(knownMetadata)
    expect(new Set(tensors.keys())).toEqual(new Set(everyTensor.keys()))
    for (const [name, value] of everyTensor) expect(tensors.get(name)).toEqual(value)
  })

  it('reads a file without tensors', () => {
    expect(decodeSafetensors(fixture('no-tensors'), 'x')).toEqual({ tensors: new Map(), metadata: {} })
  })

  it('reads float16 as its bits', () => {
    const { tensors } = decodeSafetensors(fixture('half'), 'half')
    expect(tensors.get('half')).toEqual({ dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0x4000) })
  })

  it('rejects an element type that is not supported, and names it', () => {
    const header = { a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }
    expect(() => decodeSafetensors(fileOf(header, 1), 'x')).toThrow(/x: dtype "F8_E4M3" of tensor "a".*not supported/)
  })
})

describe('an invalid file', () => {
  const f32 = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets })

  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', new Uint8Array(0), /at least 8 bytes, but got 0/],
    [
      'claims a header of 4 GB',
      Buffer.from('00000000010000007b7d', 'hex'),
      /at most 100000000 bytes, but got 4294967296/,
    ],
    ['claims the longest header', Buffer.from('ffffffffffffffff7b7d', 'hex'), /but got 18446744073709551615/],
    [
      'claims more header than there is',
      Buffer.from('03000000000000007b7d', 'hex'),
      /as the file says, but got only 2 bytes/,
    ],
    ['has no header', fileOf(''), /header in JSON/],
    ['has broken UTF-8', fileWithByte(0xff, { __metadata__: { a: '?' } }), /header in JSON/],
    ['has a byte order mark', fileOf('\ufeff{}'), /header in JSON/],
    ['has broken JSON', fileOf('{"a":'), /header in JSON/],
    ['has deeply nested JSON', fileOf(`{"a":${'['.repeat(1e6)}`), /header in JSON/],
    ['has an array as header', fileOf([]), /an object as the header, but got an array/],
    ['has null as header', fileOf('null'), /an object as the header, but got null/],
    ['has space before the header', fileOf(' {}'), /an object as the header/],
    ['has a name twice', fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}'), /"a" twice/],
    ['has a field twice', fileOf('{"a":{"dtype":"U8","dtype":"I8"}}'), /"dtype" twice/],
    ['has metadata of numbers', fileOf({ __metadata__: { a: 1 } }), /a string as metadata "a", but got 1/],
    ['has metadata that are no object', fileOf({ __metadata__: 'a' }), /an object as __metadata__/],
    ['has a tensor that is no object', fileOf({ a: null }), /an object as tensor "a", but got null/],
    ['has no dtype', fileOf({ a: {} }), /dtype undefined of tensor "a" is not supported/],
    ['has a dtype from the prototype', fileOf({ a: { dtype: 'constructor' } }), /dtype "constructor"/],
    ['has no shape', fileOf({ a: { dtype: 'F32' } }), /sizes as shape of tensor "a", but got nothing/],
    ['has a negative size', fileOf({ a: f32([-1], [0, 4]) }, 4), /sizes as shape of tensor "a", but got \[-1\]/],
    ['has half a size', fileOf({ a: f32([0.5], [0, 2]) }, 2), /sizes as shape/],
    ['has a size as text', fileOf({ a: f32(['1'], [0, 4]) }, 4), /sizes as shape/],
    ['has a size beyond safe integers', fileOf('{"a":{"dtype":"F32","shape":[1e300]}}'), /sizes as shape/],
    [
      'has sizes whose product overflows',
      fileOf({ a: f32([2 ** 40, 2 ** 40, 0], [0, 0]) }),
      /a size that can be counted/,
    ],
    ['has a byte count that overflows', fileOf({ a: f32([2 ** 52], [0, 0]) }), /a size that can be counted/],
    ['has no offsets', fileOf({ a: { dtype: 'F32', shape: [] } }), /data_offsets of tensor "a", but got nothing/],
    ['has negative offsets', fileOf({ a: f32([1], [-4, 0]) }, 4), /data_offsets/],
    ['has three offsets', fileOf({ a: f32([1], [0, 4, 8]) }, 4), /data_offsets/],
    [
      'has reversed offsets',
      fileOf({ a: f32([1], [4, 0]) }, 4),
      /4 bytes for tensor "a".*but got data_offsets \[4, 0\]/,
    ],
    ['has a shape that does not fit', fileOf({ a: f32([2], [0, 4]) }, 4), /8 bytes for tensor "a" \(F32, \[2\]\)/],
    ['has more bytes than its shape', fileOf({ a: f32([1], [0, 8]) }, 8), /4 bytes for tensor "a" \(F32, \[1\]\)/],
    ['has a gap at the start', fileOf({ a: f32([1], [4, 8]) }, 8), /begin at byte 0 of the data, but got 4: a gap/],
    ['has a gap', fileOf({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12), /"b" to begin at byte 4.*got 8: a gap/],
    ['has an overlap', fileOf({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, 8), /"b" to begin.*got 4: an overlap/],
    ['reads bytes twice', fileOf({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4), /an overlap/],
    ['is truncated', fileOf({ a: f32([2], [0, 8]) }, 7), /expected 8 bytes of data, but got 7 \(is it truncated\?\)/],
    [
      'claims data of 4 GB',
      fileOf({ a: f32([2 ** 30], [0, 2 ** 32]) }, 4),
      /expected 4294967296 bytes of data, but got 4/,
    ],
    ['has trailing bytes', fileOf({ a: f32([1], [0, 4]) }, 5), /expected 4 bytes of data, but got 5: trailing bytes/],
  ])('rejects a file that %s', (_, bytes, message) => {
    expect(messageOf(bytes)).toMatch(message)
  })

  it('rejects a file that is truncated at any byte', () => {
    const encoded = encodeSafetensors(everyTensor, knownMetadata)
    for (let length = 0; length < encoded.length; length++) messageOf(encoded.subarray(0, length))
    decodeSafetensors(encoded, 'whole')
  })

  it('throws nothing but a FormatError, whichever bytes are changed', () => {
    const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(
        file,
        fc.array(flip, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        ({ tensors, metadata }, flips, cut) => {
          const bytes = Uint8Array.from(encodeSafetensors(tensors, metadata))
          for (const [at, mask] of flips) bytes[at % bytes.length]! ^= mask
          decodeOrFormatError(bytes)
          decodeOrFormatError(bytes.subarray(0, cut % (bytes.length + 1)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('throws nothing but a FormatError, whatever JSON the header holds', () => {
    const size = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 1, 2 ** 53, 2 ** 31))
    const entry = fc.record(
      {
        dtype: fc.constantFrom('F32', 'U8', 'F16', 'BOOL', '__proto__', null),
        shape: fc.oneof(fc.array(size), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(size, size), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    const header = fc.oneof(fc.jsonValue(), fc.dictionary(tensorName, fc.oneof(entry, fc.jsonValue())))
    fc.assert(fc.property(header, fc.nat(40), (json, bytes) => decodeOrFormatError(fileOf(json, bytes))))
  })

  function decodeOrFormatError(bytes: Uint8Array): void {
    try {
      decodeSafetensors(bytes, 'x')
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
})

describe('an invalid tensor', () => {
  const encode = (value: unknown, name = 'a') => encodeSafetensors(new Map([[name, value as Tensor]]), {})

  it.each<[string, unknown, RegExp]>([
    [
      'shape',
      { dtype: 'F32', shape: [3], data: new Float32Array(2) },
      /sizes whose product is 2 for shape of tensor "a"/,
    ],
    ['negative size', { dtype: 'F32', shape: [-1, -2], data: new Float32Array(2) }, /sizes whose product is 2/],
    ['dtype', { dtype: 'F8_E4M3', shape: [1], data: new Uint8Array(1) }, /one of F32, .* for dtype of tensor "a"/],
    ['data', { dtype: 'F32', shape: [1], data: new Float64Array(1) }, /a Float32Array for data of tensor "a"/],
  ])('encodeSafetensors rejects a wrong tensor: %s', (_, value, message) => {
    expect(() => encode(value)).toThrow(ArgumentError)
    expect(() => encode(value)).toThrow(message)
  })

  it('encodeSafetensors rejects a tensor with the name of the metadata', () => {
    expect(() => encode({ dtype: 'U8', shape: [0], data: new Uint8Array(0) }, '__metadata__')).toThrow(ArgumentError)
  })

  it('encodeSafetensors rejects metadata that are not strings', () => {
    expect(() => encodeSafetensors(new Map(), { a: 1 } as never)).toThrow(/a string for metadata "a", but got 1/)
  })
})

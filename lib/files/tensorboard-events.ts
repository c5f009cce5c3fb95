import { crc32c } from './crc32c.js'

// An event file is a sequence of TFRecords. Each record holds one protocol buffer of the type tensorflow.Event:
//   Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
//   Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; }
// (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).

/** The first record of an event file. */
export function encodeVersion(wallTime: number): Uint8Array {
  return frame(Buffer.concat([double(1, wallTime), bytes(3, Buffer.from('brain.Event:2'))]))
}

/**
 * A record of numbers with their tags.
 * @param wallTime seconds since 1970.
 */
export function encodeScalars(
  scalars: readonly (readonly [tag: string, value: number])[],
  step: number,
  wallTime: number,
): Uint8Array {
  const values = scalars.map(([tag, value]) => bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])))
  // A field whose value is 0 is left out.
  const stepField = step === 0 ? [] : [key(2, 0), varint(step)]
  return frame(Buffer.concat([double(1, wallTime), ...stepField, bytes(5, Buffer.concat(values))]))
}

/** A TFRecord: the length, its checksum, the bytes, their checksum; little-endian. */
function frame(data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(BigInt(data.length))
  head.writeUInt32LE(masked(head.subarray(0, 8)), 8)
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(masked(data))
  return Buffer.concat([head, data, tail])
}

/** A masked checksum, because checksums of bytes that hold checksums are weak (tensorflow/core/lib/hash/crc32c.h). */
function masked(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** A field's number and wire type: 0 varint, 1 eight bytes, 2 bytes with their length, 5 four bytes. */
function key(field: number, wireType: number): Buffer {
  return varint(field * 8 + wireType)
}

function varint(value: number): Buffer {
  const result: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) result.push((rest % 128) + 128)
  return Buffer.from([...result, rest])
}

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8)
  data.writeDoubleLE(value)
  return Buffer.concat([key(field, 1), data])
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4)
  data.writeFloatLE(value)
  return Buffer.concat([key(field, 5), data])
}

function bytes(field: number, data: Buffer): Buffer {
  return Buffer.concat([key(field, 2), varint(data.length), data])
}

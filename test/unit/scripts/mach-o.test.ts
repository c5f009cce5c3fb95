import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { readMachO } from '../../../scripts/smoke/mach-o.mjs'

const pageSize = 4096
const signatureAt = 2 * pageSize

/** A library for arm64 with two symbols, one library and a signature over two pages, made by hand of the headers' structs. */
function library(): Buffer {
  const bytes = Buffer.alloc(signatureAt + 256)
  const words = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, at + 4 * i)
  }
  words(0, 0xfeedfacf, 0x0100000c, 0, 8, 4, 160)
  words(32, 0xc, 56, 24)
  bytes.write('/usr/lib/libSystem.B.dylib', 32 + 24)
  words(88, 0x32, 24, 1, 0x000b0000, 0x000f0000, 0)
  words(112, 0x2, 24, 512, 2, 600, 64)
  words(136, 0x1d, 16, signatureAt, 256)
  bytes.write('\0_napi_register_module_v1\0_napi_call_function\0', 600)
  words(512, 1)
  bytes.writeUInt8(0x0f, 512 + 4)
  words(528, 1 + '_napi_register_module_v1'.length + 1)
  bytes.writeUInt8(0x01, 528 + 4)
  bytes.writeUInt16LE(0xfe00, 528 + 6)
  sign(bytes)
  return bytes
}

function sign(bytes: Buffer): void {
  const words = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, at + 4 * i)
  }
  words(signatureAt, 0xfade0cc0, 256, 1, 0, 20)
  const directory = signatureAt + 20
  words(directory, 0xfade0c02, 150, 0x20400, 2, 60, 0, 0, 2, signatureAt)
  bytes.writeUInt8(32, directory + 36)
  bytes.writeUInt8(2, directory + 37)
  bytes.writeUInt8(12, directory + 39)
  for (const page of [0, 1]) {
    const content = bytes.subarray(page * pageSize, (page + 1) * pageSize)
    createHash('sha256')
      .update(content)
      .digest()
      .copy(bytes, directory + 60 + 32 * page)
  }
}

it('a Mach-O library tells all that matters', () => {
  expect(readMachO(library())).toEqual({
    arch: 'arm64',
    oldest: '11.0',
    libraries: ['/usr/lib/libSystem.B.dylib'],
    exported: ['_napi_register_module_v1'],
    looked: ['_napi_call_function'],
    signature: 'ad-hoc',
  })
})

it('a byte that changed after the signing is noticed', () => {
  const bytes = library()
  bytes.writeUInt8(1, pageSize + 5)
  expect(readMachO(bytes).signature).toBe('page 1 has another hash')
})

it('other files are none', () => {
  expect(() => readMachO(Buffer.from('\x7fELF'))).toThrow(/no Mach-O/)
})

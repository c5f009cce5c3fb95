import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MlpError } from '../../../lib/index.js'
import { fromBrain } from '../../../lib/interchange/brain/from-brain.js'
import { fromOnnx } from '../../../lib/interchange/from-onnx.js'
import { Hdf5File } from '../../../lib/interchange/hdf5/file.js'
import { fromKeras } from '../../../lib/interchange/keras/from-keras.js'
import { fromPytorch } from '../../../lib/interchange/pytorch/from-pytorch.js'
import { ZipFile } from '../../../lib/interchange/read/zip.js'
import { fromSklearn } from '../../../lib/interchange/sklearn/from-sklearn.js'
import { fromTfjs } from '../../../lib/interchange/tfjs/from-tfjs.js'

const folder = fileURLToPath(new URL('../../parity/fixtures/interchange/', import.meta.url))
const bytesOf = (name: string) => new Uint8Array(readFileSync(folder + name))

/** Resolves for a model and for an error of this package; anything else fails the test. */
async function survives(read: () => Promise<unknown>): Promise<void> {
  await read().catch((error: unknown) => {
    if (!(error instanceof MlpError)) throw error
  })
}

/** A file with some bytes changed, cut off or doubled. */
function mutated(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))
  const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), byte), { minLength: 1, maxLength: 6 })
  return fc.tuple(changes, fc.option(fc.nat(bytes.length), { nil: bytes.length, freq: 4 })).map(([list, end]) => {
    const copy = bytes.slice()
    for (const [at, value] of list) copy[at] = value
    return copy.subarray(0, end)
  })
}

const readers: Record<string, [Uint8Array, (bytes: Uint8Array) => Promise<unknown>]> = {
  'adam.h5': [bytesOf('adam.h5'), (bytes) => fromKeras(bytes)],
  'embedding.h5': [bytesOf('embedding.h5'), (bytes) => fromKeras(bytes)],
  'adam.keras': [bytesOf('adam.keras'), (bytes) => fromKeras(bytes)],
  'torch-sequential.safetensors': [
    bytesOf('torch-sequential.safetensors'),
    (bytes) => fromPytorch(bytes, { activation: 'relu' }),
  ],
  'tfjs/float32.json': [
    bytesOf('tfjs/float32.json'),
    (bytes) => fromTfjs('m', { read: async (path) => (path === 'm' ? bytes : bytesOf(`tfjs/${path.slice(0, 40)}`)) }),
  ],
  'sklearn.json': [
    Buffer.from(JSON.stringify(JSON.parse(readFileSync(`${folder}sklearn.json`, 'utf8')).pipeline.model)),
    (bytes) => fromSklearn(`{${Buffer.from(bytes).toString('latin1').slice(1)}`),
  ],
  'brain.json': [
    Buffer.from(JSON.stringify(JSON.parse(readFileSync(`${folder}brain.json`, 'utf8')).sigmoid.json)),
    (bytes) => fromBrain(`{${Buffer.from(bytes).toString('latin1').slice(1)}`),
  ],
}

describe('damaged files', () => {
  it.each(Object.entries(readers))(
    '%s: every change is read or is an error of this package',
    async (_, [bytes, read]) => {
      const property = fc.asyncProperty(mutated(bytes), (file) =>
        survives(() =>
          read(file).catch((error: NodeJS.ErrnoException) => {
            // What the caller's own function throws for a path that was changed.
            if (error.code === 'ENOENT' || error.code === 'ERR_INVALID_ARG_VALUE' || error.code === 'EISDIR')
              return undefined
            throw error
          }),
        ),
      )
      await fc.assert(property, { numRuns: 150, interruptAfterTimeLimit: 20_000 })
    },
  )

  it.each(readdirSync(`${folder}corpus`))('the kept file %s is an error with its name', async (name) => {
    const path = `${folder}corpus/${name}`
    const readers: Record<string, () => Promise<unknown>> = {
      '.safetensors': () => fromPytorch(path, { activation: 'relu' }),
      '.onnx': () => fromOnnx(path),
      '.json': () => fromSklearn(path),
    }
    const read = readers[extname(name)] ?? (() => fromKeras(path))
    await expect(read()).rejects.toThrow(name)
  })
})

describe('HDF5', () => {
  const bytes = bytesOf('adam.h5')
  const find = (text: string, from = 0) => Buffer.from(bytes).indexOf(text, from, 'latin1')

  it('names the place of a loop in the tree of a group', () => {
    const copy = bytes.slice()
    const tree = find('TREE')
    copy[tree + 5] = 1
    new DataView(copy.buffer).setBigUint64(tree + 32, BigInt(tree), true)
    expect(() => new Hdf5File(copy, 'x.h5').get('model_weights/dense')).toThrow(
      `x.h5 is not an HDF5 file that can be read: expected a tree of groups without loops, but got one at byte ${tree}`,
    )
  })

  it('refuses a length past the end, and other versions', () => {
    expect(() => new Hdf5File(bytes.subarray(0, 500), 'x.h5').get('')).toThrow(/is it truncated/)
    const copy = bytes.slice()
    copy[8] = 3
    expect(() => new Hdf5File(copy, 'x.h5')).toThrow(/superblock of version 0 or 1/)
    expect(() => new Hdf5File(new Uint8Array(100), 'x.h5')).toThrow(/HDF/)
  })
})

describe('ZIP', () => {
  /** An archive of one deflated file, which says that it has `size` bytes. */
  function archive(content: Uint8Array, size: number): Uint8Array {
    const data = deflateRawSync(content)
    const local = Buffer.alloc(31)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(1, 26)
    local.write('a', 30)
    const central = Buffer.alloc(47)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(8, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt32LE(size, 24)
    central.writeUInt16LE(1, 28)
    central.write('a', 46)
    const end = Buffer.alloc(22)
    end.write('PK\x05\x06', 'latin1')
    end.writeUInt16LE(1, 10)
    end.writeUInt32LE(local.length + data.length, 16)
    return Buffer.concat([local, data, central, end])
  }

  it('stops at the size that an entry says, and refuses sizes far beyond the archive', async () => {
    const bomb = new Uint8Array(50_000_000)
    await expect(new ZipFile(archive(bomb, 1000), 'x.keras').read('a')).rejects.toThrow(
      /deflated data of 1000 bytes as a/,
    )
    await expect(new ZipFile(archive(bomb, bomb.length), 'x.keras').read('a')).rejects.toThrow(
      /expected at most \d+ bytes as a/,
    )
  })

  it('checks the CRC', async () => {
    await expect(new ZipFile(archive(Buffer.from('hello'), 5), 'x.keras').read('a')).rejects.toThrow(/CRC/)
  })
})

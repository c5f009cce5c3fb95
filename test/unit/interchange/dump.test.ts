import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import { ArgumentError, FormatError, layers, Matrix, Sequential } from '../../../lib/index.js'
import { dumpWeights, fromDump, fromPytorch } from '../../../lib/interchange/index.js'
import { network } from './networks.js'
import { distance } from './runtime.js'
import { classesOf, rowsOf } from './tables.js'

const model = () =>
  network([
    layers.dense({ units: 16, activation: 'gelu', inputShape: [6] }),
    layers.batchNormalization(),
    layers.dense({ units: 3, activation: 'softmax' }),
  ])
const x = rowsOf(50, 6)

describe('dumpWeights', () => {
  it.each([
    ['float16', 0.5, 2 ** -11],
    ['int8', 0.25, 0.5 / 127],
  ] as const)('%s: the file is as small as it can be, and each weight as near', async (format, share, step) => {
    const net = model()
    const { bytes } = await dumpWeights(net, { format, x })
    const { tensors } = decodeSafetensors(bytes, 'The dump')
    const size = [...tensors].reduce((sum, [, { data }]) => sum + data.byteLength, 0)
    // Of int8 the vectors and factors stay float32.
    expect(tensors.get('dense.kernel')!.data.byteLength).toBe(4 * share * 6 * 16)
    expect(size).toBeLessThan(4 * net.countParams() * (format === 'int8' ? 0.8 : 0.51))
    const again = await fromDump(bytes)
    for (const [k, { data, cols, rows }] of net.getWeights().entries()) {
      const column = (j: number) => Math.max(...Array.from({ length: rows }, (_, i) => Math.abs(data[i * cols + j]!)))
      const other = again.getWeights()[k]!.data
      for (const [i, value] of data.entries()) {
        const limit = format === 'int8' ? (rows > 1 ? column(i % cols) : 0) : Math.max(2 ** -14, Math.abs(value))
        expect(Math.abs(value - other[i]!)).toBeLessThanOrEqual(limit * step * (1 + 1e-6))
      }
    }
  })

  it('measures what changes: the outputs and the loss are those of the network that comes back', async () => {
    const net = model()
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    const y = classesOf(x, 3)
    await net.fit(x, y, { epochs: 2 })
    const { bytes, change, loss } = await dumpWeights(net, { format: 'int8', x, y })
    const again = await fromDump(bytes)
    again.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    const [a, b] = [(await net.predict(x)).data, (await again.predict(x)).data]
    const sizes = Array.from(a, (value, k) => Math.abs(value - b[k]!))
    expect(change.largest).toBeCloseTo(Math.max(...sizes), 7)
    expect(change.mean).toBeCloseTo(sizes.reduce((sum, size) => sum + size, 0) / sizes.length, 7)
    expect(change.largest).toBeGreaterThan(0)
    expect(loss!.before).toBeCloseTo((await net.evaluate(x, y)).loss, 6)
    expect(loss!.after).toBeCloseTo((await again.evaluate(x, y)).loss, 6)
    expect(loss!.after).not.toBe(loss!.before)
  })

  it('a column whose factor float32 does not have, and no rows', async () => {
    const net = network([layers.dense({ units: 1, inputShape: [1] })])
    net.setWeights([[[1e-44]], [0.5]])
    const { bytes } = await dumpWeights(net, { format: 'int8', x: [[1]] })
    const { tensors } = decodeSafetensors(bytes, 'The dump')
    expect(tensors.get('dense.kernel.scale')!.data[0]).toBe(1)
    expect((await fromDump(bytes)).getWeights()[0]!.data).toEqual(Float32Array.of(0))
    await expect(dumpWeights(net, { format: 'int8', x: new Matrix(new Float32Array(0), 0, 1) })).rejects.toThrow(
      'at least one row',
    )
  })

  it('a column of zeros, and the seed', async () => {
    const net = network([layers.dense({ units: 2, inputShape: [2] })])
    net.setWeights([
      [
        [0, 1],
        [0, -2],
      ],
      [0.5, 0],
    ])
    const { bytes, loss } = await dumpWeights(net, { format: 'int8', x: [[1, 1]] })
    const again = await fromDump(bytes, { seed: 9 })
    expect(loss).toBeUndefined()
    expect(again.seed).toBe(9)
    expect(Array.from(again.predictSync([1, 1]) as Float32Array)).toEqual([0.5, expect.closeTo(-1, 1)])
  })

  it('refuses what it cannot dump', async () => {
    const net = network([layers.dense({ units: 1, inputShape: [1] })])
    await expect(dumpWeights({} as never, { format: 'int8', x })).rejects.toThrow(ArgumentError)
    await expect(dumpWeights(net, { format: 'int4' as never, x })).rejects.toThrow(ArgumentError)
    await expect(dumpWeights(net, { format: 'int8' } as never)).rejects.toThrow('rows to measure with')
    net.setWeights([[[1e5]], [0]])
    await expect(dumpWeights(net, { format: 'float16', x: [[1]] })).rejects.toThrow(
      "number 0 of dense.kernel is 100000. Use 'int8'",
    )
  })
})

describe('fromDump refuses', () => {
  it('other files, missing factors and tensors of another size', async () => {
    const net = model()
    await expect(fromDump(net.toBytes())).rejects.toThrow(FormatError)
    const { bytes } = await dumpWeights(net, { format: 'int8', x })
    const { tensors, metadata } = decodeSafetensors(bytes, 'The dump')
    const changed = (change: (all: typeof tensors) => void) => {
      const all = new Map(tensors)
      change(all)
      return fromDump(encodeSafetensors(all, metadata))
    }
    await expect(changed((all) => all.delete('dense.kernel.scale'))).rejects.toThrow('16 numbers in F32')
    await expect(changed((all) => all.delete('dense.bias'))).rejects.toThrow('the tensor "dense.bias" of [16]')
    const other = { dtype: 'F32' as const, shape: [1], data: Float32Array.of(1) }
    await expect(changed((all) => all.set('more', other))).rejects.toThrow('belong to no layer')
    await expect(
      changed((all) => all.set('dense.bias', { ...other, dtype: 'U8' as never, data: new Uint8Array(1) as never })),
    ).rejects.toThrow('F32, F16 or I8')
  })
})

// Made by scripts/fixtures/make-half.py.
const folder = fileURLToPath(new URL('../../parity/fixtures/interchange/', import.meta.url))
const index = JSON.parse(readFileSync(`${folder}torch-half.json`, 'utf8')) as Record<
  string,
  { rows: number[][]; predictions: number[][] }
>

it.each(Object.keys(index))('fromPytorch reads a state dict in %s as PyTorch does', async (name) => {
  const net = await fromPytorch(`${folder}torch-${name}.safetensors`, { activation: 'tanh' })
  expect(net).toBeInstanceOf(Sequential)
  const { rows, predictions } = index[name]!
  expect(distance((await net.predict(rows)).data, predictions.flat())).toBeLessThan(1e-6)
})

import { describe, expect, it } from 'vitest'
import { Matrix, type Sequential } from '../../lib/index.js'
import { fromOnnx } from '../../lib/interchange/index.js'
import { distance } from '../unit/interchange/runtime.js'
import { onnxFixtures } from './onnx-fixtures.js'

// Made by scripts/fixtures/make-onnx.py.
const { taken, refused } = onnxFixtures('onnx')

it('there are files of each writer', () => {
  for (const writer of ['torch-old', 'torch-new', 'keras', 'skl']) {
    expect(taken.filter(([name]) => name.startsWith(writer)).length, writer).toBeGreaterThanOrEqual(8)
  }
})

describe('a network from ONNX predicts as onnxruntime does, and trains on:', () => {
  it.each(taken)('%s', async (_, { path, rows, x, y }) => {
    const model = await fromOnnx<Sequential>(path, { seed: 1 })
    const data = new Matrix(Float32Array.from(x), rows, x.length / rows)
    const outputs = await model.predict(data)
    expect(distance(outputs.data, y!)).toBeLessThan(1e-6)
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const { logs } = await model.fit(data, new Matrix(new Float32Array(outputs.data.length), rows, outputs.cols))
    expect(logs.loss[0]).toBeGreaterThan(0)
  })
})

describe('what is no chain of our layers is refused by the name of a node:', () => {
  it.each(refused)('%s', async (name, { path, reason }) => {
    await expect(fromOnnx(path)).rejects.toThrow(new RegExp(`${name}.onnx cannot be read as ONNX: .*(${reason})`))
    await expect(fromOnnx(path)).rejects.toThrow(expect.objectContaining({ code: 'ERR_FORMAT' }))
  })
})

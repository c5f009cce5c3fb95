import { describe, expect, it } from 'vitest'
import { Matrix, type Sequential } from '../../lib/index.js'
import { fromOnnx } from '../../lib/interchange/index.js'
import { distance } from '../unit/interchange/runtime.js'
import { onnxFixtures } from './onnx-fixtures.js'

// Made by scripts/fixtures/make-onnx-columns.py.
const { taken, refused } = onnxFixtures('onnx-columns')

describe('numbers and embeddings side by side are a columns layer, which trains on:', () => {
  it.each(taken)('%s', async (_, { path, rows, x, y }) => {
    const model = await fromOnnx<Sequential>(path, { seed: 1 })
    expect(model.toJSON().layers[0]!.type).toBe('columns')
    const data = new Matrix(Float32Array.from(x), rows, x.length / rows)
    const outputs = await model.predict(data)
    expect(distance(outputs.data, y!)).toBeLessThan(1e-6)
    const before = model.getWeights()[0]!
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await model.fit(data, new Matrix(new Float32Array(outputs.data.length), rows, outputs.cols))
    expect(model.getWeights()[0]).not.toEqual(before)
  })
})

describe('what is no part of a columns layer is refused by the name of a node:', () => {
  it.each(refused)('%s', async (name, { path, reason }) => {
    await expect(fromOnnx(path)).rejects.toThrow(reason)
    await expect(fromOnnx(path)).rejects.toThrow(`${name}.onnx cannot be read as ONNX: node "`)
  })
})

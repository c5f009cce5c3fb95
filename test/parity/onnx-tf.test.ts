import { expect, it } from 'vitest'
import { Matrix, type Sequential } from '../../lib/index.js'
import { fromOnnx } from '../../lib/interchange/index.js'
import { distance } from '../unit/interchange/runtime.js'
import { onnxFixtures } from './onnx-fixtures.js'

// Made by scripts/fixtures/make-tf2onnx.py.
const { taken, refused } = onnxFixtures('onnx-tf')

it.each(taken)('a network of tf2onnx predicts as TensorFlow does: %s', async (_, { path, rows, x, y }) => {
  const model = await fromOnnx<Sequential>(path, { seed: 1 })
  const data = new Matrix(Float32Array.from(x), rows, x.length / rows)
  expect(distance((await model.predict(data)).data, y!)).toBeLessThan(1e-6)
})

it.each(refused)('is refused by the name of a node: %s', async (name, { path, reason }) => {
  await expect(fromOnnx(path)).rejects.toThrow(new RegExp(`${name}.onnx cannot be read as ONNX: .*(${reason})`))
})

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Matrix, type Sequential } from '../../lib/index.js'
import { fromOnnx } from '../../lib/interchange/index.js'
import { distance } from '../unit/interchange/runtime.js'

// Made by scripts/fixtures/make-tf2onnx.py.
const folder = fileURLToPath(new URL('fixtures/onnx-tf/', import.meta.url))

interface Fixture {
  rows: number
  x: number[]
  /** What TensorFlow computes. */
  y?: number[]
  /** For files that are refused: what a message names. */
  reason?: string
}

const all = Object.entries(JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as Record<string, Fixture>)

it.each(all.filter(([, { y }]) => y))(
  'a network of tf2onnx predicts as TensorFlow does: %s',
  async (name, { rows, x, y }) => {
    const model = await fromOnnx<Sequential>(`${folder}${name}.onnx`, { seed: 1 })
    const data = new Matrix(Float32Array.from(x), rows, x.length / rows)
    expect(distance((await model.predict(data)).data, y!)).toBeLessThan(1e-6)
  },
)

it.each(all.filter(([, { reason }]) => reason))('is refused by the name of a node: %s', async (name, { reason }) => {
  await expect(fromOnnx(`${folder}${name}.onnx`)).rejects.toThrow(
    new RegExp(`${name}.onnx cannot be read as ONNX: .*(${reason})`),
  )
})

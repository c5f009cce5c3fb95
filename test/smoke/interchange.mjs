import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { layers, Sequential } from 'perceptra'
import * as interchange from 'perceptra/interchange'

const require = createRequire(import.meta.url)

export const checks = {
  'perceptra/interchange writes ONNX, by import and by require': async () => {
    const required = require('perceptra/interchange')
    for (const [name, value] of Object.entries(interchange)) assert.equal(required[name], value, name)
    const model = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })], seed: 1 })
    const bytes = await interchange.toOnnx(model)
    // The first field of a file: the version of the representation, 8.
    assert.deepEqual([...bytes.subarray(0, 2)], [8, 8])
  },
}

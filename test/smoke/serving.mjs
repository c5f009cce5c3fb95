import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { layers, Sequential } from 'perceptra'
import * as serving from 'perceptra/serving'

const require = createRequire(import.meta.url)

export const checks = {
  'perceptra/serving answers a request, by import and by require': async () => {
    const required = require('perceptra/serving')
    for (const [name, value] of Object.entries(serving)) assert.equal(required[name], value, name)
    const net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })], seed: 1 })
    const models = new serving.ModelServer({ models: { net } })
    const init = { method: 'POST', body: '[1, 2, 3]' }
    const response = await models.handle(new Request('http://localhost/models/net/predict', init))
    assert.deepEqual((await response.json()).prediction, [...net.predictSync([1, 2, 3])])
  },
}

import assert from 'node:assert/strict'
import { ArgumentError, layers, MlpError, Sequential } from 'perceptra'
import { makeModel, test, train } from './digits.mjs'

const isArgumentError = (error) => {
  assert.ok(error instanceof ArgumentError, String(error.stack ?? error))
  assert.ok(error instanceof MlpError)
  assert.equal(error.code, 'ERR_ARGUMENT')
  return true
}

export const checks = {
  'bad input is an error with a code': async () => {
    assert.throws(() => layers.dense({ units: 0 }), isArgumentError)
    const model = makeModel()
    await assert.rejects(async () => model.fit([[1, 2, 3]], [0]), isArgumentError)
    await assert.rejects(async () => model.fit(train.x, train.y, { epoch: 1 }), isArgumentError)
    assert.throws(() => model.predictSync([[Number.NaN]]), isArgumentError)
    await assert.rejects(Sequential.load('no-such-file.safetensors'), isArgumentError)
  },

  'a model that was disposed of says so': () => {
    const model = makeModel()
    model.dispose()
    assert.throws(
      () => model.predictSync(test.x),
      (error) => error.code === 'ERR_DISPOSED',
    )
  },
}

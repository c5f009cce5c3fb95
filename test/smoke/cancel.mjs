import assert from 'node:assert/strict'
import { makeModel, test, train } from './digits.mjs'

export const checks = {
  'fit learns the digits': async () => {
    const model = makeModel()
    const history = await model.fit(train.x, train.y, { epochs: 8 })
    assert.equal(history.stopReason, 'completed')
    const { accuracy } = await model.evaluate(test.x, test.y)
    assert.ok(accuracy > 0.9, `the accuracy is ${accuracy}`)
  },

  'fit leaves the event loop free, and stops when its signal is aborted': async () => {
    const model = makeModel()
    // A timer of this thread: it fires only if fit does not block the event loop.
    const signal = AbortSignal.timeout(200)
    await assert.rejects(model.fit(train.x, train.y, { epochs: 1_000_000, signal }), (error) => error === signal.reason)
    assert.ok((await model.predict(test.x)).data.every(Number.isFinite))
  },
}

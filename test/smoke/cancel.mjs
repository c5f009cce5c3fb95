import assert from 'node:assert/strict'
import { makeModel, test, train } from './digits.mjs'

export const checks = {
  'fit learns the digits, and leaves the event loop free': async () => {
    const model = makeModel()
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    const history = await model.fit(train.x, train.y, { epochs: 8 })
    clearInterval(timer)
    assert.equal(history.stopReason, 'completed')
    const { accuracy } = await model.evaluate(test.x, test.y)
    assert.ok(accuracy > 0.9, `the accuracy is ${accuracy}`)
    assert.ok(turns > 0, 'no timer fired during fit')
  },

  'fit stops when its signal is aborted': async () => {
    const model = makeModel()
    const signal = AbortSignal.timeout(200)
    const { stopReason } = await model.fit(train.x, train.y, { epochs: 1_000_000, signal })
    assert.equal(stopReason, 'aborted')
    assert.ok((await model.predict(test.x)).data.every(Number.isFinite))
  },
}

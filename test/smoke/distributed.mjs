import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { MLPClassifier, modelSelection } from 'perceptra'
import * as distributed from 'perceptra/distributed'

const require = createRequire(import.meta.url)

/** The packages are optional: an installed perceptra does not bring them. */
const missing = { code: 'ERR_ARGUMENT', message: /^A queue needs the package ioredis: 'npm install ioredis'\.$/ }
const connection = 'redis://127.0.0.1:1'

export const checks = {
  'perceptra/distributed has a store and a group of one, by import and by require': async () => {
    const required = require('perceptra/distributed')
    for (const [name, value] of Object.entries(distributed)) assert.equal(required[name], value, name)
    const secret = 'only for this check'
    const store = await distributed.tcpStore({ host: '127.0.0.1', port: 0, secret, serve: true })
    const rank = await distributed.tcpStore({ host: '127.0.0.1', port: store.port, secret })
    await rank.set('key', Buffer.from('value'))
    assert.equal(Buffer.from(await store.get('key', 10)).toString(), 'value')
    await rank.close()
    await store.close()
    const group = await distributed.join({ rank: 0, size: 1 })
    assert.deepEqual([...(await group.allReduce([1, 2]))], [1, 2])
    await group.close()
  },

  'perceptra/distributed says what to install for a queue': async () => {
    await assert.rejects(distributed.startWorker({ connection }), missing)
    const options = { cv: 2, queue: { connection } }
    const run = modelSelection.crossValidate(new MLPClassifier(), [[0], [1], [2], [3]], [0, 1, 0, 1], options)
    await assert.rejects(run, missing)
  },
}

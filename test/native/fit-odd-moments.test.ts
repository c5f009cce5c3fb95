import { expect, it } from 'vitest'
import type { Sequential } from '../../lib/index.js'
import { xor, xorModel } from './models.js'

it('rejects a run of a model that was compiled again after train', async () => {
  const model = xorModel()
  const events = model.train(xor.x, xor.y, { epochs: 2 })
  model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' })
  await expect(events.next()).rejects.toMatchObject({ code: 'ERR_BUSY', message: /compile was called after train/ })
  await model.fit(xor.x, xor.y)
})

it('does not use up a shuffle when it is aborted at the beginning of an epoch', async () => {
  const straight = xorModel()
  await straight.fit(xor.x, xor.y, { epochs: 4, batchSize: 1 })
  const stopped = xorModel()
  const control = new AbortController()
  const first = stopped.fit(xor.x, xor.y, {
    epochs: 4,
    batchSize: 1,
    signal: control.signal,
    callbacks: [{ onEpochBegin: (epoch) => epoch === 2 && control.abort() }],
  })
  await expect(first).rejects.toThrow(control.signal.reason)
  await stopped.fit(xor.x, xor.y, { epochs: 4, initialEpoch: 2, batchSize: 1 })
  expect(stopped.getWeights()).toEqual(straight.getWeights())
})

it('the iterator of train can be closed before its first event; the model trains afterwards', async () => {
  const model: Sequential = xorModel()
  const events = model.train(xor.x, xor.y)
  expect(await events.return(undefined as never)).toEqual({ done: true, value: undefined })
  expect((await model.fit(xor.x, xor.y)).epochs).toEqual([0])
})

it('predictSync returns a flat array for a flat array of several rows', () => {
  const model = xorModel()
  const flat = model.predictSync(Float32Array.from(xor.x.flat()))
  expect(flat).toBeInstanceOf(Float32Array)
  expect([...flat]).toEqual([...model.predictSync(xor.x).data])
})

import { expect, it } from 'vitest'
import { layers, optimizers, Sequential } from '../../lib/index.js'

/** Wide enough that many rows take several slices; all outputs are equal, and follow the weights. */
function wide(start = 1): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 2048, useBias: false, inputShape: [256] }),
      layers.dense({ units: 1, useBias: false }),
    ],
    seed: 1,
  })
  model.setWeights([new Float32Array(256 * 2048).fill(start / 1024), new Float32Array(2048).fill(1)])
  model.compile({ optimizer: optimizers.sgd({ learningRate: 1e-9 }), loss: 'meanSquaredError' })
  return model
}

const x = new Float32Array(60_000 * 256).fill(1)

it('answers all rows of a prediction from one state of the weights, though they are set meanwhile', async () => {
  const model = wide()
  const answer = model.predict(x)
  await new Promise((resolve) => setTimeout(resolve, 20))
  model.setWeights([new Float32Array(256 * 2048), new Float32Array(2048)])
  expect(new Set((await answer).data).size).toBe(1)
  expect(model.predictSync(x.subarray(0, 256))[0]).toBe(0)
})

it('answers all rows from one state, though training begins meanwhile', async () => {
  const model = wide()
  const answer = model.predict(x)
  const few = x.subarray(0, 64 * 256)
  const fit = model.fit(few, new Float32Array(64), { epochs: 3 })
  expect(new Set((await answer).data).size).toBe(1)
  await fit
  expect(model.predictSync(x.subarray(0, 256))[0]).not.toBe((await answer).at(0, 0))
})

it('ends a prediction in mid-fit by its signal, and lets the fit go on', async () => {
  const model = wide()
  const few = x.subarray(0, 512 * 256)
  const [control, enough] = [new AbortController(), new AbortController()]
  let abandoned = false
  // The fit is over once it did an epoch after the prediction was given up.
  const onEpochEnd = () => abandoned && enough.abort()
  const fit = model.fit(few, new Float32Array(512), { epochs: 1e6, signal: enough.signal, callbacks: [{ onEpochEnd }] })
  const answer = model.predict(new Float32Array(400_000 * 256).fill(1), { signal: control.signal })
  setTimeout(() => control.abort(new Error('enough')), 50)
  await expect(answer).rejects.toThrow('enough')
  abandoned = true
  const history = await fit
  expect(history.stopReason).toBe('aborted')
  expect(history.epochs.length).toBeGreaterThan(0)
})

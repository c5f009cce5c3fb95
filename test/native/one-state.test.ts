import { expect, it } from 'vitest'
import { layers, optimizers, Sequential } from '../../lib/index.js'

/** So wide that many rows take several slices. All outputs are equal, and depend on the weights. */
function makeWide(start = 1): Sequential {
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

it('predict uses one state of the weights for all rows if setWeights is called meanwhile', async () => {
  const model = makeWide()
  const prediction = model.predict(x)
  await new Promise((resolve) => setTimeout(resolve, 20))
  model.setWeights([new Float32Array(256 * 2048), new Float32Array(2048)])
  expect(new Set((await prediction).data).size).toBe(1)
  expect(model.predictSync(x.subarray(0, 256))[0]).toBe(0)
})

it('predict uses one state of the weights for all rows if training begins meanwhile', async () => {
  const model = makeWide()
  const prediction = model.predict(x)
  const few = x.subarray(0, 64 * 256)
  const fit = model.fit(few, new Float32Array(64), { epochs: 3 })
  // The state before training or one after it: a prediction so long may begin later than the fit. Sums of weights that are not
  // powers of two differ in the last digit by a row's place in its block.
  const values = (await prediction).data
  const first = values[0] as number
  expect(values.every((value) => Math.abs(value - first) < 1e-5 * first)).toBe(true)
  await fit
  expect(model.predictSync(x.subarray(0, 256))[0]).toBeLessThan(512 * (1 - 1e-3))
})

it('aborting a prediction during fit does not end the fit', async () => {
  const model = makeWide()
  const few = x.subarray(0, 512 * 256)
  const control = new AbortController()
  let aborted = false
  // Ends the fit after an epoch that follows the aborted prediction.
  const onEpochEnd = () => {
    if (aborted) model.stopTraining = true
  }
  const fit = model.fit(few, new Float32Array(512), { epochs: 1e6, callbacks: [{ onEpochEnd }] })
  const prediction = model.predict(new Float32Array(400_000 * 256).fill(1), { signal: control.signal })
  setTimeout(() => control.abort(new Error('enough')), 50)
  await expect(prediction).rejects.toThrow('enough')
  aborted = true
  const history = await fit
  expect(history.stopReason).toBe('stopTraining')
  expect(history.epochs.length).toBeGreaterThan(0)
})

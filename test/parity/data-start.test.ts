import { describe, expect, it } from 'vitest'
import { layers, Matrix, Sequential, schedules } from '../../lib/index.js'
import { startFromProducts } from '../../lib/network/data-start.js'
import { expectClose, fixture } from './support.js'

interface Layer {
  kernel: number[][]
  rows: number[][]
  shares: number[][]
  startKernel: number[][]
  startBias: number[][]
}

// What scripts/fixtures/make-data-start.py wrote.
const given = fixture<{
  x: number[][]
  layers: Layer[]
  steps: number
  schedules: Record<'coslog4' | 'flatCosine', number[]>
}>('data-start.json')

/** Draws that give these rows, of so many, with these weights. */
function drawsOf({ rows, shares }: Layer, count: number): () => number {
  const draws = rows.flatMap((own, unit) => own.flatMap((row, k) => [shares[unit]![k]!, (row + 0.5) / count]))
  return () => draws.shift()!
}

describe('pytabkit', () => {
  it('starts kernels and biases from the data likewise, layer by layer', async () => {
    let inputs = Matrix.from(given.x)
    for (const layer of given.layers) {
      const units = layer.kernel[0]!.length
      using products = new Sequential({
        layers: [layers.dense({ units, parametrization: 'ntk', useBias: false, inputShape: [inputs.cols] })],
        seed: 1,
      })
      products.setWeights([layer.kernel])
      const outputs = await products.predict(inputs)
      const [kernel, bias] = startFromProducts(Matrix.from(layer.kernel), outputs, drawsOf(layer, given.x.length))
      expectClose('the kernel', kernel, layer.startKernel, { absolute: 3e-6, relative: 3e-6 })
      expectClose('the bias', bias, layer.startBias, { absolute: 3e-6, relative: 3e-6 })
      using whole = new Sequential({
        layers: [
          layers.dense({ units, parametrization: 'ntk', inputShape: [inputs.cols] }),
          layers.activation({ activation: 'selu', parametric: true }),
        ],
        seed: 1,
      })
      whole.setWeights([kernel, bias, Matrix.from([Array(units).fill(1)])])
      inputs = await whole.predict(inputs)
    }
  })

  it.each(['coslog4', 'flatCosine'] as const)('has the schedule %s', (name) => {
    const { steps } = given
    const spec = schedules[name]({ initial: 1, steps })
    for (const [step, rate] of given.schedules[name].entries()) {
      expect(schedules.rateAt(spec, step)).toBeCloseTo(rate, 7)
    }
  })
})

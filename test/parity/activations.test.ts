import { afterAll, describe, expect, it } from 'vitest'
import { Matrix } from '../../lib/index.js'
import { type ActivationCase, activationTitle, build, expectClose, fixture } from './support.js'

interface Activations {
  inputs: Record<string, number[][]>
  cases: { activation: ActivationCase; input: string; y: number[][] }[]
}

const { inputs, cases } = fixture<Activations>('activations.json')
/** A few units in the last place of float32, and outputs too small to matter. */
const tolerance = { relative: 1e-6, absolute: 1e-7 }

/** A dense layer that passes its inputs to the activation. */
function identity(activation: ActivationCase, units: number) {
  const layer = { units, activation, useBias: false }
  const model = build({ name: '', inputs: units, layers: [layer], loss: 'meanSquaredError', fromLogits: false })
  model.setWeights([
    Array.from({ length: units }, (_, i) => Array.from({ length: units }, (_, j) => (i === j ? 1 : 0))),
  ])
  return model
}

for (const { activation, input, y } of cases) {
  const { name } = activation
  describe(activationTitle(activation), () => {
    const x = inputs[input]!
    const model = identity(activation, x[0]!.length)
    afterAll(() => model.dispose())

    it("equals PyTorch's through predict", async () => {
      expectClose('predict', await model.predict(x), y, tolerance)
    })

    it("equals PyTorch's through predictSync of a table", () => {
      expectClose('predictSync', model.predictSync(x) as Matrix, y, tolerance)
    })

    it("equals PyTorch's through predictSync of each row", () => {
      for (const [i, row] of x.entries()) {
        const out = model.predictSync(Float32Array.from(row))
        expect(out).toBeInstanceOf(Float32Array)
        expectClose(`predictSync of row ${i}`, new Matrix(out as Float32Array, 1, row.length), [y[i]!], tolerance)
      }
    })

    if (name === 'sigmoid' || name === 'softmax') {
      it('outputs probabilities for any logits', async () => {
        for (const row of (await model.predict(x)).toArray()) {
          for (const p of row) expect(p >= 0 && p <= 1, `${p} is a probability`).toBe(true)
          if (name === 'softmax') expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
        }
      })
    }
  })
}

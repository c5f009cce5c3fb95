import { describe, expect, it } from 'vitest'
import { Matrix } from '../../../lib/base/matrix.js'
import { dense } from '../../../lib/factories/layers.js'
import { Sequential } from '../../../lib/sequential.js'
import { Ensemble } from '../../../lib/tabular/ensemble.js'

const networks = [1, 2, 3].map(
  (seed) => new Sequential({ layers: [dense({ units: 3, activation: 'softmax', inputShape: [2] })], seed }),
)
const weights = [0.5, 0.3, 0.2]
const parts = networks.map((network, k) => ({ network, weight: weights[k]! }))
const x = Matrix.from([
  [1, -2],
  [0.5, 3],
])

describe('Ensemble', () => {
  it('averages the outputs of its networks by their weights', async () => {
    const own = await Promise.all(networks.map((network) => network.predict(x)))
    const mean = (await new Ensemble(parts).predict(x, {})).data
    for (let i = 0; i < 6; i++) {
      expect(mean[i]).toBeCloseTo(0.5 * own[0]!.data[i]! + 0.3 * own[1]!.data[i]! + 0.2 * own[2]!.data[i]!, 6)
    }
  })

  it('divides the logarithms of probabilities by its temperature', async () => {
    const plain = await new Ensemble(parts).predict(x, {})
    const tempered = await new Ensemble(parts, 2).predict(x, {})
    for (let i = 0; i < x.rows; i++) {
      const roots = Array.from(plain.row(i), Math.sqrt)
      const sum = roots.reduce((total, root) => total + root, 0)
      for (const [k, root] of roots.entries()) expect(tempered.row(i)[k]).toBeCloseTo(root / sum, 6)
    }
  })

  it('predicts one row on the spot as it does in batches, in the array that is given', async () => {
    const ensemble = new Ensemble(parts, 0.7)
    const out = new Float32Array(3)
    expect(ensemble.predictSync(x.row(1), out)).toBe(out)
    for (const [k, value] of (await ensemble.predict(x, {})).row(1).entries()) expect(out[k]).toBeCloseTo(value, 6)
    expect([...ensemble.predictSync(x.row(1))]).toEqual([...out])
  })
})

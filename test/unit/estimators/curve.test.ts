import { describe, expect, it } from 'vitest'
import { Curve, keptEpochs } from '../../../lib/estimators/curve.js'
import { SGDRegressor } from '../../../lib/index.js'

describe('Curve', () => {
  it('never changes, also when two curves go on from it', () => {
    const start = Curve.of([1, 2])
    const longer = start.with(3)
    const other = start.with(4).with(5)
    expect([start, longer, other, longer.with(6)].map((curve) => curve.toArray())).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 4, 5],
      [1, 2, 3, 6],
    ])
    expect([Curve.empty.last, longer.last]).toEqual([undefined, 3])
    expect(Curve.empty.with(1).toArray()).toEqual([1])
    expect(Curve.empty.with(2).toArray()).toEqual([2])
    expect(JSON.stringify({ longer })).toBe('{"longer":[1,2,3]}')
  })

  it('has the last epochs of the calls before, and all of the last call', () => {
    let curve = Curve.empty
    for (let i = 0; i < 3 * keptEpochs + 5; i++) curve = curve.recent().with(i)
    expect(curve.toArray()).toEqual(Array.from({ length: keptEpochs + 1 }, (_, k) => 2 * keptEpochs + 4 + k))
    let call = curve.recent()
    for (let i = 0; i < 2 * keptEpochs; i++) call = call.with(-1)
    expect(call.toArray()).toHaveLength(3 * keptEpochs)
    expect(call.recent().toArray()).toHaveLength(keptEpochs)
  })
})

it('lossCurve has every epoch of partialFit, up to the bound', async () => {
  const model = new SGDRegressor({ seed: 1 })
  const losses: number[] = []
  for (let i = 0; i < 20; i++) {
    await model.partialFit([[i], [1]], [1, 2], { onEpochEnd: (_, { loss }) => losses.push(loss) })
    const control = new AbortController()
    const onEpochEnd = () => control.abort()
    await model.partialFit([[i], [1]], [1, 2], { signal: control.signal, onEpochEnd }).catch(() => {})
  }
  expect(model.lossCurve).toEqual(losses)
})

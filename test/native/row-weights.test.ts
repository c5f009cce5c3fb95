import { describe, expect, it } from 'vitest'
import { type FitOptions, layers, optimizers, Sequential } from '../../lib/index.js'
import { bits, classes } from './models.js'

const { x, y } = classes(60)
const weights = Array.from({ length: 60 }, (_, row) => (row % 4) / 2)
const options = { epochs: 3, batchSize: 16 }

function make(): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 6, activation: 'tanh', inputShape: [4] }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
    seed: 2,
  })
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' })
  return model
}

async function bitsAfter(fit: FitOptions): Promise<Uint32Array> {
  using model = make()
  await model.fit(x, y, { ...options, ...fit })
  return bits(model)
}

describe('sampleWeight', () => {
  it('has no effect if all are 1; a row of weight 0 has no influence', async () => {
    expect(await bitsAfter({ sampleWeight: new Float32Array(60).fill(1) })).toEqual(await bitsAfter({}))
    expect(await bitsAfter({ sampleWeight: weights })).not.toEqual(await bitsAfter({}))
    const isZero = weights.map((weight) => weight === 0)
    const other = Int32Array.from(y, (label, row) => (isZero[row] ? (label + 1) % 4 : label))
    using model = make()
    await model.fit(x, other, { ...options, sampleWeight: weights })
    expect(bits(model)).toEqual(await bitsAfter({ sampleWeight: weights }))
  })

  it('of 2 acts like a duplicate of the row, except for the number of rows in the mean', async () => {
    // In one batch: the mean over 60 weighted rows, compared with the mean over 120 rows.
    const batch = { epochs: 1, batchSize: 120, shuffle: false }
    const weighted = await (async () => {
      using model = make()
      await model.fit(x, y, { ...batch, sampleWeight: new Array(60).fill(2) })
      return model.getWeights()
    })()
    using twice = make()
    twice.compile({ optimizer: optimizers.sgd({ learningRate: 0.2 }), loss: 'sparseCategoricalCrossentropy' })
    await twice.fit(new Float32Array([...x, ...x]), new Int32Array([...y, ...y]), batch)
    for (const [t, { data }] of twice.getWeights().entries()) {
      for (const [i, w] of data.entries()) expect(weighted[t]!.data[i]).toBeCloseTo(w, 6)
    }
  })

  it('applies to evaluate and validation data, whose mean divides by the number of rows', async () => {
    using model = make()
    const losses = await Promise.all(
      Array.from({ length: 60 }, async (_, row) => {
        return (await model.evaluate(x.subarray(4 * row, 4 * row + 4), y.subarray(row, row + 1))).loss
      }),
    )
    const expected = losses.reduce((sum, loss, row) => sum + loss * weights[row]!, 0) / 60
    expect((await model.evaluate(x, y, { sampleWeight: weights })).loss).toBeCloseTo(expected, 5)
    const frozen = optimizers.sgd({ learningRate: 0 })
    model.compile({ optimizer: frozen, loss: 'sparseCategoricalCrossentropy' })
    const { logs } = await model.fit(x, y, { validationData: [x, y, weights], sampleWeight: weights })
    expect(logs.valLoss![0]).toBeCloseTo(expected, 5)
    expect(logs.loss![0]).toBeCloseTo(expected, 5)
  })

  it('is split together with its rows by validationSplit', async () => {
    const split = await bitsAfter({ sampleWeight: weights, validationSplit: 0.25 })
    using model = make()
    await model.fit(x.subarray(0, 4 * 45), y.subarray(0, 45), { ...options, sampleWeight: weights.slice(0, 45) })
    expect(split).toEqual(bits(model))
  })

  const wrong: [FitOptions, string][] = [
    [{ sampleWeight: [1, 2] }, 'Expected 60 numbers for sampleWeight (as many as there are rows), but got 2.'],
    [{ sampleWeight: weights.map((w, row) => (row === 7 ? -1 : w)) }, 'for row 7 of sampleWeight, but got -1.'],
    [
      { sampleWeight: weights.map((w, row) => (row === 7 ? Number.NaN : w)) },
      'for row 7 of sampleWeight, but got NaN.',
    ],
    [{ sampleWeight: new Array(60).fill(0) }, 'Expected a number above 0 in sampleWeight, but all are 0'],
    [{ sampleWeight: 'balanced' as never }, 'Expected one number for each row for sampleWeight'],
    [{ validationData: [x, y, [1]] }, 'for sampleWeight of validationData (as many as there are rows), but got 1.'],
    [{ sampleWeight: new Array(60).fill(3e38), classWeight: { 0: 10 } }, 'of sampleWeight and classWeight together'],
    [{ classWeight: { 0: 0, 1: 0, 2: 0, 3: 0 } }, 'Expected a number above 0 in classWeight, but all are 0'],
    [{ classWeight: { 4: 1 } }, 'Expected a class number from 0 to 3 for a class of classWeight, but got "4".'],
    [{ classWeight: { '': 1 } as never }, 'for a class of classWeight, but got "".'],
    [{ classWeight: { 1.5: 1 } }, 'for a class of classWeight, but got "1.5".'],
    [{ classWeight: { 0: -1 } }, 'for the weight of class 0 in classWeight, but got -1.'],
    [{ classWeight: [1, 2, 3, 4] as never }, "Expected 'balanced' or an object of weights by class number"],
    [{ classWeight: 'ballanced' as never }, 'Did you mean balanced?'],
  ]
  it.each(wrong.map(([fit, message]) => ({ fit, message })))(
    'rejects wrong weights: $message',
    async ({ fit, message }) => {
      using model = make()
      const before = bits(model)
      await expect(model.fit(x, y, fit)).rejects.toThrow(message)
      expect(bits(model)).toEqual(before)
    },
  )
})

describe('classWeight', () => {
  const byClass = [0.5, 2, 0, 1]
  const byHand = Float32Array.from(y, (label) => byClass[label]!)

  it('is equivalent to sample weights by class', async () => {
    const expected = await bitsAfter({ sampleWeight: byHand })
    expect(await bitsAfter({ classWeight: { 0: 0.5, 1: 2, 2: 0 } })).toEqual(expected)
    const map = new Map([
      [0, 0.5],
      [1, 2],
      [2, 0],
    ])
    expect(await bitsAfter({ classWeight: map })).toEqual(expected)
    const both = Float32Array.from(byHand, (weight, row) => weight * weights[row]!)
    expect(await bitsAfter({ classWeight: map, sampleWeight: weights })).toEqual(
      await bitsAfter({ sampleWeight: both }),
    )
  })

  it('balanced gives every class the same total weight', async () => {
    const counts = [0, 0, 0, 0]
    for (const label of y) counts[label]!++
    const balanced = Float32Array.from(y, (label) => 60 / (4 * counts[label]!))
    expect(await bitsAfter({ classWeight: 'balanced' })).toEqual(await bitsAfter({ sampleWeight: balanced }))
  })

  it('reads the classes of one-hot rows and of a single output', async () => {
    const table = Float32Array.from({ length: 240 }, (_, k) => (y[k >> 2] === k % 4 ? 1 : 0))
    using hot = make()
    hot.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'categoricalCrossentropy' })
    using same = make()
    same.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'categoricalCrossentropy' })
    await hot.fit(x, table, { classWeight: { 1: 3 } })
    await same.fit(x, table, { sampleWeight: Float32Array.from(y, (label) => (label === 1 ? 3 : 1)) })
    expect(bits(hot)).toEqual(bits(same))

    const single = () => {
      const model = new Sequential({
        layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [4] })],
        seed: 1,
      })
      model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' })
      return model
    }
    const yes = [...y].map((label) => (label > 1 ? 1 : 0))
    using one = single()
    using other = single()
    await one.fit(x, yes, { classWeight: { 1: 3 } })
    await other.fit(x, yes, { sampleWeight: yes.map((label) => (label === 1 ? 3 : 1)) })
    expect(bits(one)).toEqual(bits(other))
  })

  it('is rejected for a loss without classes', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [4] })] })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await expect(model.fit(x, new Float32Array(120), { classWeight: { 0: 1 } })).rejects.toThrow(
      'Expected no classWeight, since the loss meanSquaredError with 2 outputs has no classes. Use sampleWeight.',
    )
  })
})

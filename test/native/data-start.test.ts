import { expect, it } from 'vitest'
import { datasets, initializers, layers, type Matrix, Sequential } from '../../lib/index.js'

const { x } = datasets.digits().train

function network(seed = 1): Sequential {
  return new Sequential({
    layers: [
      layers.scale({ inputShape: [64], scaleInitializer: initializers.constant({ value: 3 }) }),
      layers.dense({ units: 20, parametrization: 'ntk' }),
      layers.activation({ activation: 'selu', parametric: true }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 7, activation: 'prelu' }),
      layers.dense({ units: 3, useBias: false }),
    ],
    seed,
  })
}

function momentsOf({ data, rows, cols }: Matrix, column: number) {
  const values = Array.from({ length: rows }, (_, row) => data[row * cols + column]!)
  const mean = values.reduce((sum, value) => sum + value, 0) / rows
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows)
  return { deviation, min: Math.min(...values), max: Math.max(...values) }
}

it('gives every pre-activation the deviation 1, and a bias that puts its zero between the rows', async () => {
  using model = network()
  const before = model.getWeights()
  await model.startFromData(x)
  for (const layer of [1, 5]) {
    const outputs = await model.layer(layer).output(x)
    for (let unit = 0; unit < outputs.cols; unit++) {
      const { deviation, min, max } = momentsOf(outputs, unit)
      expect(deviation).toBeCloseTo(1, 4)
      if (layer === 1) expect(min * max).toBeLessThan(0)
    }
  }
  const after = model.getWeights()
  const changed = after.map((tensor, t) => `${tensor.data}` !== `${before[t]!.data}`)
  // scale, kernel, bias, alpha, kernel, bias, slopes, kernel
  expect(changed).toEqual([false, true, true, false, true, true, false, true])
})

it('depends on the seed alone, and draws rows', async () => {
  const weightsOf = async (seed: number, options: { rows?: number; seed?: number } = {}) => {
    using model = network(seed)
    await model.startFromData(x, options)
    return model.getWeights().map(({ data }) => [...data])
  }
  expect(await weightsOf(1)).toEqual(await weightsOf(1))
  expect(await weightsOf(2, { seed: 1 })).toEqual(await weightsOf(1))
  expect(await weightsOf(2)).not.toEqual(await weightsOf(1))
  expect(await weightsOf(1, { rows: 100 })).not.toEqual(await weightsOf(1))
})

it('takes columns without variance, and rejects wrong data and options', async () => {
  using model = network()
  await model.startFromData(new Float32Array(64 * 5))
  expect(model.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true)
  await expect(model.startFromData([[1, 2]])).rejects.toThrow(/rows of 64 numbers/)
  await expect(model.startFromData(x, { row: 5 } as never)).rejects.toThrow(/Did you mean rows/)
  await expect(model.startFromData(x, { rows: 1 })).rejects.toThrow(/rows/)
})

it('refuses networks with members', async () => {
  using model = new Sequential({ layers: [layers.memberDense({ units: 2, inputShape: [64] })], members: 2, seed: 1 })
  await expect(model.startFromData(x)).rejects.toThrow('this one has members')
})

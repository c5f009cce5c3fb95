import { expect, test } from 'vitest'
import { datasets, layers, Matrix, Sequential } from '../../lib/index.js'

const { train, test: testData } = datasets.digits()
const rows = Array.from({ length: 20 }, (_, i) => testData.x.row(i))

function wideModel(): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 131, activation: 'relu', inputShape: [64] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 67, activation: 'tanh' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 3,
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  return model
}

const predictRows = (model: Sequential) => rows.flatMap((row) => [...model.predictSync(row)])

function maxDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}

const rounded = [
  { kind: 'float16', within: 2e-3 },
  { kind: 'bfloat16', within: 2e-2 },
  { kind: 'int8', within: 2e-2 },
] as const

test.each(rounded)(
  '$kind predictions are close to float32 ones, before and after training, and can be switched off',
  async ({ kind, within }) => {
    const model = wideModel()
    expect(model.rowWeights).toBe('float32')
    for (const fit of [false, true]) {
      if (fit) await model.fit(train.x, train.y, { epochs: 2, verbose: 0 })
      model.rowWeights = 'float32'
      const floats = predictRows(model)
      model.rowWeights = kind
      const few = predictRows(model)
      expect(few).not.toEqual(floats)
      expect(maxDifference(few, floats)).toBeLessThan(within)
      // Up to 16 rows at once read the same weights, more rows the float32 weights.
      const sixteen = model.predictSync(Matrix.from(rows.slice(0, 16)))
      expect(maxDifference([...sixteen.data], few.slice(0, 160))).toBeLessThan(1e-6)
      const table = model.predictSync(Matrix.from(rows))
      expect(maxDifference([...table.data], floats)).toBeLessThan(1e-6)
      model.rowWeights = 'float32'
      expect(predictRows(model)).toEqual(floats)
    }
  },
)

test.each(rounded)('$kind predictions follow every change of the weights', async ({ kind }) => {
  const model = wideModel()
  model.rowWeights = kind
  const before = predictRows(model)
  await model.fit(train.x, train.y, { epochs: 1, verbose: 0 })
  const after = predictRows(model)
  expect(maxDifference(before, after)).toBeGreaterThan(0.1)
  const zeros = model.getWeights()
  for (const { data } of zeros) data.fill(0)
  model.setWeights(zeros)
  expect(new Set(predictRows(model))).toEqual(new Set([Math.fround(0.1)]))
})

test('few rows of a large network have the same outputs by predictSync and predict', async () => {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 700, activation: 'relu', inputShape: [64] }),
      layers.dense({ units: 700, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 3,
  })
  for (const row of rows) {
    const { data } = await model.predict([row])
    for (let i = 0; i < 20; i++) expect(model.predictSync(row)).toEqual(data)
  }
  const few = rows.slice(0, 8)
  const { data } = await model.predict(few)
  expect(model.predictSync(Matrix.from(few)).data).toEqual(data)
  expect(
    maxDifference(
      [...data],
      few.flatMap((row) => [...model.predictSync(row)]),
    ),
  ).toBeLessThan(1e-6)
})

test('float16 falls back to float32 with weights beyond 65,504', () => {
  const model = wideModel()
  const weights = model.getWeights()
  weights[0]!.data[5] = 70_000
  model.setWeights(weights)
  const floats = predictRows(model)
  model.rowWeights = 'float16'
  expect(predictRows(model)).toEqual(floats)
})

test('rows during a slice use the float32 weights', async () => {
  const model = wideModel()
  model.rowWeights = 'float16'
  let slices = 0
  let running = true
  const training = model.fit(train.x, train.y, { epochs: 200, timeLimit: 1 }).finally(() => {
    running = false
  })
  while (running) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    // Busy means that a slice is running; no other one begins in this turn of the event loop.
    if (!isBusy(model)) continue
    const table = () => [...model.predictSync(Matrix.from(rows)).data]
    const [before, single, after] = [table(), predictRows(model), table()]
    // If they differ, a step ended in between.
    if (maxDifference(before, after) > 0) continue
    slices++
    expect(maxDifference(single, before)).toBeLessThan(1e-6)
  }
  await training
  expect(slices).toBeGreaterThan(0)
})

function isBusy(model: Sequential): boolean {
  try {
    model.setWeights(model.getWeights())
    return false
  } catch {
    return true
  }
}

test('rowWeights rejects other values, and any value after dispose', () => {
  const model = wideModel()
  expect(() => Object.assign(model, { rowWeights: 'int4' })).toThrow(
    /float32, float16, bfloat16, int8 for rowWeights.*int4/,
  )
  model.dispose()
  expect(() => Object.assign(model, { rowWeights: 'float16' })).toThrow('disposed')
})

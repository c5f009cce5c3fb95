import { expect, test } from 'vitest'
import { datasets, layers, Matrix, Sequential } from '../../lib/index.js'

const { train, test: held } = datasets.digits()
const rows = Array.from({ length: 20 }, (_, i) => held.x.row(i))

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

const answers = (model: Sequential) => rows.flatMap((row) => [...model.predictSync(row)])

function furthest(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

test('halves answer nearly as floats do, follow training, and go', async () => {
  const model = wideModel()
  expect(model.rowWeights).toBe('float32')
  for (const fit of [false, true]) {
    if (fit) await model.fit(train.x, train.y, { epochs: 2, verbose: 0 })
    model.rowWeights = 'float32'
    const floats = answers(model)
    model.rowWeights = 'float16'
    const halves = answers(model)
    expect(halves).not.toEqual(floats)
    expect(furthest(halves, floats)).toBeLessThan(2e-3)
    // Several rows at once are answered from the weights.
    const table = model.predictSync(Matrix.from(rows))
    expect(furthest([...table.data], floats)).toBeLessThan(1e-6)
    model.rowWeights = 'float32'
    expect(answers(model)).toEqual(floats)
  }
})

test('halves kept on follow each change of the weights', async () => {
  const model = wideModel()
  model.rowWeights = 'float16'
  const before = answers(model)
  await model.fit(train.x, train.y, { epochs: 1, verbose: 0 })
  const after = answers(model)
  expect(furthest(before, after)).toBeGreaterThan(0.1)
  const zeros = model.getWeights()
  for (const { data } of zeros) data.fill(0)
  model.setWeights(zeros)
  expect(new Set(answers(model))).toEqual(new Set([Math.fround(0.1)]))
})

test('weights past the largest half are read as floats', () => {
  const model = wideModel()
  const weights = model.getWeights()
  weights[0]!.data[5] = 70_000
  model.setWeights(weights)
  const floats = answers(model)
  model.rowWeights = 'float16'
  expect(answers(model)).toEqual(floats)
})

test('in the middle of a slice rows are answered from the weights', async () => {
  const model = wideModel()
  model.rowWeights = 'float16'
  let slices = 0
  let running = true
  const training = model.fit(train.x, train.y, { epochs: 200, timeLimit: 1 }).finally(() => {
    running = false
  })
  while (running) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    // Busy: a slice is in flight, and no new one begins in this turn.
    if (!isBusy(model)) continue
    const table = () => [...model.predictSync(Matrix.from(rows)).data]
    const [before, one, after] = [table(), answers(model), table()]
    // Else the slice has ended meanwhile, and they may be of another step.
    if (furthest(before, after) > 0) continue
    slices++
    expect(furthest(one, before)).toBeLessThan(1e-6)
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

test('what it may be is said', () => {
  const model = wideModel()
  expect(() => Object.assign(model, { rowWeights: 'int8' })).toThrow(/float32, float16 for rowWeights.*int8/)
  model.dispose()
  expect(() => Object.assign(model, { rowWeights: 'float16' })).toThrow('disposed')
})

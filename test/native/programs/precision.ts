// Trains, saves and loads a model in bfloat16, and prints as JSON what came of each step. Arguments: the folder, and
// 'make' to make the file, 'compile' to compile alone, nothing to load the file.
import { join } from 'node:path'
import { datasets, layers, Sequential } from '../../../lib/index.js'
import type { PrecisionOption } from '../../../lib/spec/compile.js'

const [folder = '.', what] = process.argv.slice(2)
const path = join(folder, 'bfloat16.safetensors')
const { train } = datasets.digits()
const x = train.x.data.subarray(0, 640 * 64)
const y = train.y.slice(0, 640)
const options = { epochs: 1, batchSize: 48 }

function makeModel(precision: PrecisionOption, units = 256): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({ units, activation: 'relu', inputShape: [64] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 3,
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', precision })
  return model
}

function attempt(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string }
    return { name, code, message }
  }
}

const sum = (model: Sequential) =>
  model.getWeights().reduce((total, { data }) => total + data.reduce((a, b) => a + b * b, 0), 0)

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

/** Largest differences between ways to predict, and between the weights' precisions. */
async function compare(model: Sequential) {
  const rows = x.subarray(0, 100 * 64)
  const all = (await model.predict(rows)).data
  const atOnce = model.predictSync(rows)
  const rowByRow = Float32Array.from(
    Array.from({ length: 100 }, (_, r) => [...model.predictSync(rows.subarray(r * 64, r * 64 + 64))]).flat(),
  )
  const exact = makeModel('float32')
  exact.setWeights(model.getWeights())
  const inFloat32 = exact.predictSync(rows)
  const { loss } = await model.evaluate(rows, y.slice(0, 100))
  const expected = y.slice(0, 100).reduce((total, k, r) => total - Math.log(all[r * 10 + k]!), 0) / 100
  model.setWeights(makeModel('float32').getWeights())
  return {
    ways: Math.max(largest(all, atOnce), largest(all, rowByRow)),
    precisions: largest(all, inFloat32),
    loss: Math.abs(loss! - expected),
    newWeights: largest(model.predictSync(rows), makeModel('float32').predictSync(rows)),
  }
}

const compiled = attempt(() => makeModel('bfloat16').precision)
if (what === 'compile') {
  console.log(JSON.stringify({ compiled }))
  process.exit()
}
const auto = [makeModel('auto', 256).precision, makeModel('auto', 2).precision]
if (what === 'make') {
  const model = makeModel('bfloat16')
  await model.fit(x, y, options)
  await model.save(path)
  await model.fit(x, y, options)
  console.log(JSON.stringify({ compiled, auto, sum: sum(model), predicted: await compare(model) }))
} else {
  const model = await Sequential.load(path)
  const saved = sum(model)
  const history = await model.fit(x, y, options)
  const output = model.predictSync(x.subarray(0, 64))
  console.log(
    JSON.stringify({
      compiled,
      auto,
      precision: model.precision,
      saved,
      sum: sum(model),
      loss: history.logs.loss!.at(-1),
      total: output.reduce((a, b) => a + b),
    }),
  )
}

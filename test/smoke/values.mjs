import assert from 'node:assert/strict'
import { layers, Matrix, optimizers, Sequential } from 'perceptra'

/** Numbers in [-1, 1] that are the same everywhere, and need no random generator. */
const numbers = (count, seed) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233))

/** x w + b in double precision: the three loops. */
function product(x, w, b, rows, inputs, units) {
  const y = new Float64Array(rows * units)
  for (let r = 0; r < rows; r++)
    for (let u = 0; u < units; u++) {
      let sum = b?.[u] ?? 0
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * w[i * units + u]
      y[r * units + u] = sum
    }
  return y
}

function softmax(y, rows, units) {
  for (let r = 0; r < rows; r++) {
    const row = y.subarray(r * units, (r + 1) * units)
    const top = Math.max(...row)
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0)
    for (let u = 0; u < units; u++) row[u] = Math.exp(row[u] - top) / sum
  }
  return y
}

function assertNear(actual, expected, tolerance) {
  assert.equal(actual.length, expected.length)
  for (let i = 0; i < expected.length; i++) {
    const away = Math.abs(actual[i] - expected[i])
    // Written so that NaN fails.
    if (!(away <= tolerance)) assert.fail(`[${i}]: expected ${expected[i]}, but got ${actual[i]}`)
  }
}

// The sizes: odd ones, one row, and sums long enough to be cut into panels by every kernel.
const shapes = [
  { rows: 1, inputs: 3, hidden: 2, units: 2 },
  { rows: 33, inputs: 37, hidden: 53, units: 5 },
  { rows: 64, inputs: 512, hidden: 129, units: 10 },
  { rows: 70, inputs: 700, hidden: 400, units: 3 },
]

const predictions = shapes.map(({ rows, inputs, hidden, units }) => [
  `predict ${rows} rows through ${inputs}-${hidden}-${units}`,
  async () => {
    const model = new Sequential({
      layers: [
        layers.dense({ units: hidden, activation: 'relu', inputShape: [inputs] }),
        layers.dense({ units, activation: 'softmax' }),
      ],
    })
    const x = numbers(rows * inputs, 1)
    const [w1, b1, w2, b2] = [inputs * hidden, hidden, hidden * units, units].map((count, k) => numbers(count, k + 2))
    const scale = (w, by) => w.map((value) => value / Math.sqrt(by))
    const [first, second] = [scale(w1, inputs), scale(w2, hidden)]
    model.setWeights([new Matrix(first, inputs, hidden), b1, new Matrix(second, hidden, units), b2])
    const inner = product(x, first, b1, rows, inputs, hidden).map((value) => Math.max(value, 0))
    const expected = softmax(product(inner, second, b2, rows, hidden, units), rows, units)
    const matrix = new Matrix(x, rows, inputs)
    assertNear((await model.predict(matrix)).data, expected, 1e-5)
    assertNear(model.predictSync(matrix).data, expected, 1e-5)
  },
])

/** Checks one step down the gradient of a mean square, 2 x'(xw - y) / n, on any number of threads. */
async function checkStep(threads) {
  const [rows, inputs, units, learningRate] = [96, 400, 3, 0.05]
  const model = new Sequential({ layers: [layers.dense({ units, useBias: false, inputShape: [inputs] })] })
  const [x, y, w] = [rows * inputs, rows * units, inputs * units].map((count, k) => numbers(count, k + 7))
  model.setWeights([new Matrix(w, inputs, units)])
  model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' })
  const options = { epochs: 1, batchSize: rows, shuffle: false, threads }
  await model.fit(new Matrix(x, rows, inputs), new Matrix(y, rows, units), options)
  const error = product(x, w, undefined, rows, inputs, units).map((value, i) => value - y[i])
  const expected = w.map((value, at) => {
    const [i, u] = [Math.floor(at / units), at % units]
    let sum = 0
    for (let r = 0; r < rows; r++) sum += x[r * inputs + i] * error[r * units + u]
    return value - (learningRate * 2 * sum) / (rows * units)
  })
  assertNear(model.getWeights()[0].data, expected, 1e-4)
}

export const checks = {
  ...Object.fromEntries(predictions),
  'a step on one thread follows the gradient': () => checkStep(1),
  'a step on two threads follows the gradient': () => checkStep(2),
}

// The case that SimpleChains.jl publishes: 4-32-16-4 with tanh learns the exponential of 2 x 2 matrices; 10,000 rows are
// one batch, so an epoch is a step of Adam.
//   node bench/simple-chains.mjs [--rounds 7] [--box 250] [--python path]
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { layers, optimizers, Sequential } from '../dist/index.js'
import { makeWeights } from './cases.mjs'
import { interleave, training } from './measure.mjs'
import { openPython } from './peers/python.mjs'

const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    rounds: { ...text, default: '7' },
    box: { ...text, default: '250' },
    python: { ...text, default: process.env.PERCEPTRA_PYTHON || 'python3' },
  },
})
const sizes = [4, 32, 16, 4]
const rows = 10_000
const net = { name: sizes.join('-'), sizes, batch: rows, hidden: 'tanh', output: 'linear' }
const { x, y } = makeExponentials(rows)
const spec = { net, optimizer: 'adam', rate: 1e-3, shuffle: false, rows, x, y }
/** Floating-point operations of the products of an epoch: all three, but no gradient of the inputs of the first layer. */
const operations = 2 * rows * (3 * (4 * 32 + 32 * 16 + 16 * 4) - 4 * 32)

const sessions = { perceptra: makeSession() }
const children = []
for (const module of ['pytorch', 'pytorch_compiled']) {
  try {
    const peer = await openPython(module, { python: values.python, cores: availableParallelism() })
    children.push(peer)
    sessions[module] = await peer.session(spec)
  } catch (error) {
    console.log(`missing: ${module}: ${error.message.split('\n')[0]}`)
  }
}
for (const session of Object.values(sessions)) await session.setWeights(makeWeights(net))
const { results, failures } = await interleave(
  Object.entries(sessions).map(([name, session]) => training(name, session)),
  { rounds: Number(values.rounds), boxMs: Number(values.box) },
)
console.log(`${cpus()[0].model}, ${availableParallelism()} cores: microseconds an epoch, median (least to most)`)
for (const [name, { microseconds, ratio }] of Object.entries(results)) {
  const { median, min, max } = microseconds
  const gflops = (operations / median / 1e3).toFixed(1)
  const beside = name === 'perceptra' ? '' : `, ${ratio.median.toFixed(2)} x ours`
  console.log(`${name}: ${median.toFixed(0)} (${min.toFixed(0)} to ${max.toFixed(0)}), ${gflops} GFLOP/s${beside}`)
}
for (const { peer, message } of failures) console.log(`failed: ${peer}: ${message}`)
for (const session of Object.values(sessions)) await session.dispose()
for (const child of children) child.close()

function makeSession() {
  const model = new Sequential({
    layers: sizes
      .slice(1)
      .map((units, i) =>
        layers.dense({ units, activation: i === 2 ? 'linear' : 'tanh', ...(i === 0 && { inputShape: [4] }) }),
      ),
    seed: 1,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: spec.rate }), loss: 'meanSquaredError' })
  const targets = Array.from({ length: rows }, (_, r) => y.subarray(4 * r, 4 * r + 4))
  return {
    leastSteps: 1,
    async train(amount) {
      const epochs = Math.max(1, Math.round(amount))
      await model.fit(x, targets, { epochs, batchSize: rows, shuffle: false, verbose: 0 })
      return epochs
    },
    setWeights(tensors) {
      model.setWeights(
        tensors.map((tensor, i) => {
          const columns = sizes[(i >> 1) + 1]
          const matrix = Array.from({ length: tensor.length / columns }, (_, r) =>
            tensor.subarray(r * columns, (r + 1) * columns),
          )
          return i % 2 ? tensor : matrix
        }),
      )
    },
    dispose: () => model.dispose(),
  }
}

/** Matrices of numbers in [0, 1) and their exponentials, by the Taylor series. */
function makeExponentials(count) {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const x = Float32Array.from({ length: 4 * count }, random)
  const y = new Float32Array(4 * count)
  for (let at = 0; at < y.length; at += 4) {
    const [a, b, c, d] = x.subarray(at, at + 4)
    let term = [1, 0, 0, 1]
    const sum = [1, 0, 0, 1]
    for (let n = 1; n < 20; n++) {
      const [p, q, r, s] = term
      term = [(p * a + q * c) / n, (p * b + q * d) / n, (r * a + s * c) / n, (r * b + s * d) / n]
      for (let i = 0; i < 4; i++) sum[i] += term[i]
    }
    y.set(sum, at)
  }
  return { x, y }
}

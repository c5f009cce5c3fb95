import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { readVersion } from './version.mjs'

const require = createRequire(import.meta.url)
// CommonJS: the `main` of these packages is their build for Node.
const core = '@tensorflow/tfjs-core'
const wasmBackend = '@tensorflow/tfjs-backend-wasm'

export async function open(backend) {
  const tf = require(core)
  const { sequential, layers } = require('@tensorflow/tfjs-layers')
  tf.enableProdMode()
  if (backend === 'wasm') {
    // With SIMD if the CPU has it. Its threads start from a blob, which Node's Worker does not support.
    require(wasmBackend).setWasmPaths(dirname(require.resolve(wasmBackend)) + sep)
  } else {
    require('@tensorflow/tfjs-backend-cpu')
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs's ${backend} backend does not start`)
  return { version: readVersion(core), session: (spec) => session(tf, { sequential, layers }, backend, spec) }
}

async function session(tf, { sequential, layers }, backend, { net, optimizer, rate, rows, x, y }) {
  const { sizes, batch } = net
  const enter = () => tf.setBackend(backend)
  await enter()
  const model = sequential({
    layers: sizes.slice(1).map((units, i) =>
      layers.dense({
        units,
        activation: i === sizes.length - 2 ? net.output : net.hidden,
        ...(i === 0 && { inputShape: [sizes[0]] }),
      }),
    ),
  })
  const loss = net.output === 'softmax' ? 'categoricalCrossentropy' : 'binaryCrossentropy'
  model.compile({ optimizer: makeOptimizer(tf.train, optimizer, rate), loss })
  const batches = Array.from({ length: rows / batch }, (_, i) => makeBatch(tf, net, x, y, i))
  let at = 0
  return {
    enter,
    // Faster than fit, which slices the batches again and yields in between.
    async train(amount) {
      const steps = Math.ceil(amount)
      for (let i = 0; i < steps; i++) await model.trainOnBatch(...batches[at++ % batches.length])
      return steps
    },
    predict: (row) => tf.tidy(() => model.predict(tf.tensor2d(row, [1, sizes[0]])).dataSync()),
    setWeights(tensors) {
      const shaped = model.getWeights().map(({ shape }, i) => tf.tensor(tensors[i], shape))
      model.setWeights(shaped)
      tf.dispose(shaped)
    },
    dispose() {
      model.dispose()
      tf.dispose(batches)
    },
  }
}

/** tfjs's default epsilon is larger than that of the others. */
function makeOptimizer(train, name, rate) {
  return name === 'adam' ? train.adam(rate, 0.9, 0.999, 1e-8) : train.sgd(rate)
}

function makeBatch(tf, { sizes, batch, output }, x, y, i) {
  const rows = x.subarray(i * batch * sizes[0], (i + 1) * batch * sizes[0])
  const classes = y.subarray(i * batch, (i + 1) * batch)
  const targets = new Float32Array(batch * sizes.at(-1))
  for (let r = 0; r < batch; r++) {
    if (output === 'softmax') targets[r * sizes.at(-1) + classes[r]] = 1
    else targets[r] = classes[r]
  }
  return [tf.tensor2d(rows, [batch, sizes[0]]), tf.tensor2d(targets, [batch, sizes.at(-1)])]
}

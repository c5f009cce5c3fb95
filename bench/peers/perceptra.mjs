import { readFileSync } from 'node:fs'
import { openNative } from './core.mjs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

export async function open(options = {}) {
  const perceptra = await import('../../dist/index.js')
  const native = await openNative()
  return { version, native: native.info(), session: (spec) => session(perceptra, { ...spec, ...options }) }
}

export function makeModel({ Sequential, layers, optimizers }, { net, optimizer, rate, precision }) {
  const { sizes, hidden, output } = net
  const model = new Sequential({
    layers: sizes.slice(1).map((units, i) =>
      layers.dense({
        units,
        activation: i === sizes.length - 2 ? output : hidden,
        ...(i === 0 && { inputShape: [sizes[0]] }),
      }),
    ),
    seed: 1,
  })
  model.compile({
    optimizer: optimizers[optimizer]({ learningRate: rate }),
    precision,
    loss: output === 'softmax' ? 'sparseCategoricalCrossentropy' : 'binaryCrossentropy',
  })
  return model
}

function session(perceptra, spec) {
  const { net, rows, x, y, shuffle, threads = 0 } = spec
  const model = makeModel(perceptra, spec)
  if (spec.rowWeights) model.rowWeights = spec.rowWeights
  const steps = rows / net.batch
  return {
    leastSteps: steps,
    async train(amount) {
      const epochs = Math.max(1, Math.round(amount / steps))
      await model.fit(x, y, { epochs, batchSize: net.batch, shuffle, threads })
      return epochs * steps
    },
    predict: (row) => model.predictSync(row),
    // Other roundings give other losses.
    setWeights:
      spec.precision === 'bfloat16'
        ? undefined
        : (tensors) => {
            const { sizes } = net
            // Nested arrays, as a user would write them.
            model.setWeights(
              tensors.map((tensor, i) => {
                const columns = sizes[(i >> 1) + 1]
                return Array.from({ length: tensor.length / columns }, (_, r) =>
                  tensor.subarray(r * columns, (r + 1) * columns),
                )
              }),
            )
          },
    dispose: () => model.dispose(),
  }
}

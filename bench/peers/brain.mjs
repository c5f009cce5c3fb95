import { createRequire } from 'node:module'
import { readVersion } from './version.mjs'

const require = createRequire(import.meta.url)

export function open() {
  const { NeuralNetwork } = require('brain.js')
  return { version: readVersion('brain.js'), session: (spec) => session(NeuralNetwork, spec) }
}

/**
 * brain.js learns row by row with the squared error and one activation for all layers: the time of its "step" is that of as
 * many rows as the batch has.
 */
function session(NeuralNetwork, { net, optimizer, rows, x, y }) {
  const { sizes, batch, hidden } = net
  const network = new NeuralNetwork({
    inputSize: sizes[0],
    hiddenLayers: sizes.slice(1, -1),
    outputSize: sizes.at(-1),
    activation: hidden,
    // Row by row, larger rates make the wide nets overflow; the time does not depend on the rate.
    learningRate: 1e-4,
    errorThresh: 1e-30,
    ...(optimizer === 'adam' && { praxis: 'adam' }),
  })
  const data = Array.from({ length: rows }, (_, r) => ({
    input: Array.from(x.subarray(r * sizes[0], (r + 1) * sizes[0])),
    output: sizes.at(-1) === 1 ? [y[r]] : Array.from({ length: sizes.at(-1) }, (_, c) => Number(c === y[r])),
  }))
  return {
    leastSteps: 1 / batch,
    train(steps) {
      const wanted = Math.ceil(steps * batch)
      const part = wanted < rows ? data.slice(0, wanted) : data
      const iterations = Math.round(wanted / part.length)
      network.train(part, { iterations })
      return (iterations * part.length) / batch
    },
    predict: (row) => network.run(row),
    dispose() {},
  }
}

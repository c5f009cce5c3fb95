// Predicts single rows, into an array of the caller and into new arrays. Prints for each network the bytes per call on
// the JavaScript heap: the median of many runs of calls, since the collector may interrupt a run.
import { layers, Sequential } from '../../../lib/index.js'
import { floats } from './native-model.js'

const calls = 5000

function bytesPerCall(call: () => void): number {
  for (let i = 0; i < 4 * calls; i++) call() // until the optimizing compiler is done
  const growth = Array.from({ length: 21 }, () => {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < calls; i++) call()
    return (process.memoryUsage().heapUsed - before) / calls
  })
  return growth.sort((a, b) => a - b)[10]!
}

const results = [
  [2, 1],
  [40, 10],
  [300, 64],
].map(([inputs, outputs]) => {
  const model = new Sequential({
    layers: [layers.dense({ units: 8, inputShape: [inputs!] }), layers.dense({ units: outputs! })],
  })
  const row = floats(inputs!).fill(0.5)
  const out = new Float32Array(outputs!)
  return {
    net: `${inputs}-8-${outputs}`,
    withOut: bytesPerCall(() => model.predictSync(row, out)),
    withoutOut: bytesPerCall(() => model.predictSync(row)),
  }
})
process.stdout.write(JSON.stringify(results))

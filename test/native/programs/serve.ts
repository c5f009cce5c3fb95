// Answers rows one by one, into a given array and into new ones. Prints by net what a call of each kind leaves on the
// JavaScript heap: bytes, the median of many stretches of calls, since a stretch may be collected midway.
import { layers, Sequential } from '../../../lib/index.js'
import { floats } from './native-model.js'

const calls = 5000

function bytesPerCall(call: () => void): number {
  for (let i = 0; i < 4 * calls; i++) call() // until it is compiled for good
  const grown = Array.from({ length: 21 }, () => {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < calls; i++) call()
    return (process.memoryUsage().heapUsed - before) / calls
  })
  return grown.sort((a, b) => a - b)[10]!
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
    given: bytesPerCall(() => model.predictSync(row, out)),
    made: bytesPerCall(() => model.predictSync(row)),
  }
})
process.stdout.write(JSON.stringify(results))

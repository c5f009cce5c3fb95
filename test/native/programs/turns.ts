// The longest turns of the event loop during asynchronous methods with large arrays, as JSON: milliseconds that this thread
// computed, which other processes do not change.
import { readFileSync } from 'node:fs'
import { layers, Sequential } from '../../../lib/index.js'

/** Milliseconds that this thread has computed for; where the system does not count them, the time. */
function computed(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** The longest turn, from the call on. */
async function longestTurn(call: () => Promise<unknown>): Promise<number> {
  let [longest, running, last] = [0, true, computed()]
  const turn = () => {
    longest = Math.max(longest, computed() - last)
    last = computed()
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await call()
  running = false
  turn()
  return longest
}

const rows = 5_000_000
const x = new Float32Array(rows)
const classes = new Uint8Array(rows)
const weights = new Array<number>(rows).fill(1)
const model = new Sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [1] })], seed: 1 })
model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
const options = { batchSize: 65_536, sampleWeight: weights, classWeight: { 1: 2 }, validationSplit: 0.2 }
const calls = {
  fit: () => model.fit(x, classes, options),
  evaluate: () => model.evaluate(x, classes, { sampleWeight: weights }),
  predict: () => model.predict(x),
}
const turns: Record<string, number> = {}
for (const [name, call] of Object.entries(calls)) turns[name] = await longestTurn(call)
process.stdout.write(JSON.stringify(turns))

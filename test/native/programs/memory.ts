// Makes and drops models and data without dispose, leaving them to the garbage collector. Prints what stayed, in MB.
import { layers, optimizers, Sequential } from '../../../lib/index.js'
import { native } from '../../../lib/native.js'
import { floats, makeNative } from './native-model.js'

const columns = 256
const x = floats(2048 * columns)
const y = floats(2048)

/** About 5 MB in weights, moments and workspace, and 2 MB of data. */
async function one(): Promise<void> {
  const model = new Sequential({
    layers: [layers.dense({ units: 1024, inputShape: [columns] }), layers.dense({ units: 1 })],
  })
  model.compile({ optimizer: optimizers.adam(), loss: 'meanSquaredError' })
  await model.fit(x, y, { batchSize: 512, timeLimit: 0.001 })
  model.predictSync(x.subarray(0, columns))
  new native.Dataset(x, columns, null, 0)
}

/** Finalizers run between two turns of the event loop. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
for (let i = 0; i < 20; i++) await one()
await collect()
const before = process.memoryUsage()
// Without a call of gc(): the sizes that the native part reports have to bring the collector.
let peak = 0
for (let i = 0; i < 200; i++) {
  await one()
  peak = Math.max(peak, process.memoryUsage().rss - before.rss)
}
await collect()
const after = process.memoryUsage()

// A bound row outlives its model's object, and its arrays their names.
const bind = (): [() => void, WeakRef<Float32Array>] => {
  const model = makeNative()
  const output = floats(3)
  return [model.bindRow(floats(4).fill(1), output), new WeakRef(output)]
}
const [row, output] = bind()
await collect()
row()
const answers = [...output.deref()!]

const grown = { peak: megabytes(peak), left: megabytes(after.rss - before.rss) }
process.stdout.write(JSON.stringify({ ...grown, answers }))

// Makes models and data, has each model take a step, and leaves them to the garbage collector; with `half`, disposes of every
// other one: memory.ts dense|batchNormalization|... none|half. Prints what stayed, in MB.
import { type LayerSpec, layers, optimizers, Sequential } from '../../../lib/index.js'
import { native } from '../../../lib/native/addon.js'
import { floats, makeNative } from './native-model.js'

const columns = 256
const batch = 512
const x = floats(2048 * columns)
const y = floats(batch)

const wide = layers.dense({ units: 1024, inputShape: [columns] })
const kinds = {
  dense: [wide],
  batchNormalization: [wide, layers.batchNormalization()],
  dropout: [wide, layers.dropout({ rate: 0.5 })],
  embedding: [layers.embedding({ inputDim: 1e5, outputDim: 4, inputShape: [columns] })],
  layerNormalization: [wide, layers.layerNormalization()],
} satisfies Record<string, LayerSpec[]>

const [kind, share] = process.argv.slice(2)
const below = kinds[kind as keyof typeof kinds]

/** At least 5 MB in weights, moments and workspace, and 2 MB of data. */
async function one(i: number): Promise<void> {
  const model = new Sequential({ layers: [...below, layers.dense({ units: 1 })] })
  model.compile({ optimizer: optimizers.adam(), loss: 'meanSquaredError' })
  const { epochs } = await model.fit(x.subarray(0, batch * columns), y, { batchSize: batch })
  if (epochs.length !== 1) throw new Error('No step was taken.')
  model.predictSync(x.subarray(0, columns))
  new native.Dataset(x, columns, null, 0)
  if (share === 'half' && i % 2 === 0) model.dispose()
}

/** Finalizers run between two turns of the event loop. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
for (let i = 0; i < 20; i++) await one(i)
await collect()
const before = process.memoryUsage()
// Without a call of gc(): the sizes that the native part reports have to bring the collector.
let peak = 0
for (let i = 0; i < 200; i++) {
  await one(i)
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

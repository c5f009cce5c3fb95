// Makes models and data, trains each model for a step, and leaves them to the garbage collector; with `half`, disposes
// every second one: memory.ts dense|batchNormalization|... none|half. Prints the growth of memory in MB.
import { type LayerSpec, layers, optimizers, Sequential } from '../../../lib/index.js'
import { floats, makeNative, native } from './native-model.js'

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
const firstLayers = kinds[kind as keyof typeof kinds]

/** Takes at least 5 MB for weights, moments and workspace, and 2 MB for data. */
async function trainOne(i: number): Promise<void> {
  const model = new Sequential({ layers: [...firstLayers, layers.dense({ units: 1 })] })
  model.compile({ optimizer: optimizers.adam(), loss: 'meanSquaredError' })
  const { epochs } = await model.fit(x.subarray(0, batch * columns), y, { batchSize: batch })
  if (epochs.length !== 1) throw new Error('No step was taken.')
  model.predictSync(x.subarray(0, columns))
  new native.Dataset(x, columns, null, 0)
  if (share === 'half' && i % 2 === 0) model.dispose()
}

/** Finalizers run between turns of the event loop. */
async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
for (let i = 0; i < 20; i++) await trainOne(i)
await collect()
const before = process.memoryUsage()
// Without calls of gc(): the collector must run because of the sizes that native objects report.
let peak = 0
for (let i = 0; i < 200; i++) {
  await trainOne(i)
  peak = Math.max(peak, process.memoryUsage().rss - before.rss)
}
await collect()
const after = process.memoryUsage()

// A bound row keeps working after its model and arrays are out of scope.
const bind = (): [() => void, WeakRef<Float32Array>] => {
  const model = makeNative()
  const output = floats(3)
  return [model.bindRow(floats(4).fill(1), output), new WeakRef(output)]
}
const [row, output] = bind()
await collect()
row()
const outputs = [...output.deref()!]

const growth = { peak: megabytes(peak), end: megabytes(after.rss - before.rss) }
process.stdout.write(JSON.stringify({ ...growth, outputs }))

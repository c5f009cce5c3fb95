// One run of bench/stream.mjs: node run.mjs stream|memory <file> <columns> <rows>; prints its results as JSON.
import { datasets, layers, Matrix, Sequential } from '../../dist/index.js'
import { peakMegabytes } from '../peak-memory.mjs'

const [how, path, ...sizes] = process.argv.slice(2)
const [columns, rows] = sizes.map(Number)
const file = await datasets.rawNumbers(path, { columns, seed: 1 })
const model = new Sequential({
  layers: [
    layers.dense({ units: 256, activation: 'relu', inputShape: [columns] }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
  seed: 1,
})
model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' })
// A first step, so that compilation and allocation are not measured.
const source = how === 'stream' ? [file] : await readAll()
await model.fit(new Float32Array(256 * columns), new Float32Array(256), { batchSize: 256 })
const start = performance.now()
const { logs } = await model.fit(...source, { batchSize: 256 })
const seconds = (performance.now() - start) / 1000
console.log(JSON.stringify({ seconds, rows, loss: logs.loss[0], peakMB: peakMegabytes() }))

async function readAll() {
  const [x, y] = [new Float32Array(rows * columns), new Float32Array(rows)]
  let done = 0
  for await (const [part, targets] of file) {
    const count = Math.min(targets.length, rows - done)
    x.set(part.data.subarray(0, count * columns), done * columns)
    y.set(targets.subarray(0, count), done)
    done += count
    if (done === rows) break
  }
  return [new Matrix(x, rows, columns), y]
}

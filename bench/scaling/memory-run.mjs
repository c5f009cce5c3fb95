// Prints the peak memory, in megabytes, of this process after one of the runs in memory.mjs: node memory-run.mjs fit
import { makeCase } from '../cases.mjs'
import { peakMegabytes } from '../peak-memory.mjs'
import { memoryNet, memoryRows } from './memory.mjs'

const run = process.argv[2]
if (run !== 'nothing') {
  const perceptra = await import('../../dist/index.js')
  const { makeModel } = await import('../peers/perceptra.mjs')
  if (run !== 'import') {
    const spec = makeCase(memoryNet, 'adam', { rows: run === 'bytes' ? memoryNet.batch : memoryRows })
    const data = run === 'bytes' ? makeBytes() : spec
    // Kept to the end, as in a real program.
    globalThis.data = data
    if (run !== 'floats') {
      const model = makeModel(perceptra, spec)
      await model.fit(data.x, data.y, { epochs: 1, batchSize: memoryNet.batch })
    }
  }
}
console.log(peakMegabytes())

function makeBytes() {
  const x = new Uint8Array(memoryRows * memoryNet.sizes[0]).map((_, i) => (i * 31) % 251)
  return { x, y: new Int32Array(memoryRows).map((_, i) => i % 10) }
}

// A process of bench/distributed.mjs: trains for the number of epochs that a line names, and answers with their milliseconds. All are
// epochs of one fit, which waits between two lines.
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { makeData } from '../cases.mjs'
import { makeModel } from '../peers/perceptra.mjs'

const perceptra = await import('../../dist/index.js')
const { net, optimizer, rate, rows, threads } = JSON.parse(process.argv[2])
const size = Number(process.env.WORLD_SIZE)
const group = size > 1 ? await (await import('../../dist/distributed.js')).join() : undefined

const all = makeData(net, rows)
const rank = Number(process.env.RANK)
const columns = net.sizes[0]
const x = all.x.subarray((rank * rows * columns) / size, ((rank + 1) * rows * columns) / size)
const y = all.y.subarray((rank * rows) / size, ((rank + 1) * rows) / size)

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
let [left, start] = [0, 0]
async function next() {
  const { value, done } = await lines.next()
  if (done) process.exit()
  left = Number(value)
  start = performance.now()
}

const model = makeModel(perceptra, { net, optimizer, rate })
await model.fit(x, y, {
  epochs: 1e6,
  batchSize: net.batch,
  threads,
  ...(group && { group }),
  callbacks: [
    {
      async onTrainBegin() {
        console.log('ready')
        await next()
      },
      async onEpochEnd() {
        if (--left > 0) return
        console.log(performance.now() - start)
        await next()
      },
    },
  ],
})

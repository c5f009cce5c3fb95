// Measures the delay of the event loop during training on all cores; prints it as JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { large, makeData, makeModel } from './model.js'

const stop = new AbortController()
const run = makeModel(large).fit(...makeData(1024, large), { epochs: 1e9, batchSize: 128, signal: stop.signal })
await new Promise((resolve) => setTimeout(resolve, 200))
const delay = monitorEventLoopDelay({ resolution: 2 })
delay.enable()
await new Promise((resolve) => setTimeout(resolve, 1500))
delay.disable()
stop.abort()
const rejected = await run.then(
  () => false,
  (error) => error === stop.signal.reason,
)
const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6]
process.stdout.write(JSON.stringify({ rejected, p99, max, count: delay.count }))

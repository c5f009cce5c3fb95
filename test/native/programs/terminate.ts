// Terminates workers during their work while this thread trains: terminate.ts <work> <count>. Prints the growth of rss
// in MB.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { makeData, makeModel, small } from './model.js'

const [what, count] = process.argv.slice(2)
const control = new AbortController()
const run = makeModel(small).fit(...makeData(512, small), { epochs: 1e9, signal: control.signal })

async function terminateOne(): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: { what } })
  await once(worker, 'message')
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 40))
  const code = await worker.terminate()
  if (code !== 1) throw new Error(`A terminated worker ended with ${code}.`)
}

await terminateOne()
const before = process.memoryUsage().rss
for (let i = 0; i < Number(count); i++) await terminateOne()
process.stdout.write(((process.memoryUsage().rss - before) / 1e6).toFixed(0))
control.abort()
const reason = await run.catch((error: unknown) => error)
if (reason !== control.signal.reason) throw new Error('This thread did not continue to train.')

// One search per line: {"concurrency": 2, "nCandidates": 60, "cancelAfter": ms or missing}; node child.mjs <folder of phoneme>
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { Matrix, MLPClassifier, modelSelection, pipeline, preprocessing } from '../../dist/index.js'

const { x, y } = readPhoneme(process.argv[2])
for await (const line of createInterface({ input: process.stdin })) {
  const { cancelAfter, ...options } = JSON.parse(line)
  console.log(JSON.stringify(cancelAfter === undefined ? await timed(options) : await cancelled(options, cancelAfter)))
}

async function search(options, signal) {
  const { RandomSearch } = modelSelection
  const own = new RandomSearch({
    estimator: pipeline([
      ['scaler', new preprocessing.StandardScaler()],
      ['mlp', new MLPClassifier({ maxIter: 30, nIterNoChange: Infinity, seed: 1 })],
    ]),
    params: {
      'mlp.hiddenLayerSizes': [[16], [32], [64]],
      'mlp.alpha': { low: 1e-6, high: 1e-1, log: true },
      'mlp.learningRateInit': { low: 1e-4, high: 1e-1, log: true },
    },
    refit: false,
    seed: 1,
    ...options,
  })
  await own.fit(x, y, { signal })
  return own
}

/** With the 99th percentile of the event loop's delay: the time of a timer beyond its two milliseconds. */
async function timed(options) {
  const resolution = 2
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  const start = performance.now()
  const { bestParams, bestScore } = await search(options)
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  return { seconds, best: { ...bestParams, score: bestScore }, delayMs: delay.percentile(99) / 1e6 - resolution }
}

/** Milliseconds from the cancellation of a search to its end. */
async function cancelled(options, after) {
  const controller = new AbortController()
  const running = search(options, controller.signal)
  await wait(after)
  const start = performance.now()
  controller.abort()
  const error = await running.catch((reason) => reason)
  if (error !== controller.signal.reason) {
    throw new Error(`The search was over within ${after} ms: nothing was cancelled.`)
  }
  return { cancelMs: performance.now() - start }
}

function readPhoneme(dir) {
  const lines = gunzipSync(readFileSync(join(dir, 'phoneme.csv.gz')))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
  const rows = lines.map((line) => line.split(',').map(Number))
  return { x: Matrix.from(rows.map((row) => row.slice(0, -1))), y: Int32Array.from(rows, (row) => row.at(-1)) }
}

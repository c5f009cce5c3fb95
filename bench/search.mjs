// A random search of 60 candidates on the phoneme data, 5 folds each: on all cores and on one, in turn. Prints whether both
// find the same winner, how late the event loop is meanwhile, and how long it takes until a cancelled search resolves.
//   node bench/search.mjs [--dir path/to/phoneme] [--rounds 3] [--candidates 60] [--json path]
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Matrix, MLPClassifier, modelSelection, pipeline, preprocessing } from '../dist/index.js'
import { ours } from './peers/index.mjs'
import { open } from './peers/perceptra.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'
import { median, ratios, spread } from './statistics.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    dir: { ...text, default: path('../../shared/data/phoneme') },
    rounds: { ...text, default: '3' },
    candidates: { ...text, default: '60' },
    json: text,
  },
})
// Only a whole run may stand for figures in the documentation.
const isWhole = process.argv.slice(2).every((word) => !/^--(rounds|candidates)\b/.test(word))
const json = values.json ?? path(`results/${isWhole ? '' : 'local-'}search.json`)
const cores = availableParallelism()
const [rounds, nCandidates] = [Number(values.rounds), Number(values.candidates)]
const { x, y } = readPhoneme()

// What it compiles and allocates for the first time counts for nobody.
await search(cores, { nCandidates: 2 })
const found = { one: [], all: [] }
for (let round = 0; round < rounds; round++) {
  found.one.push(await timed(1))
  found.all.push(await timed(cores))
}
const seconds = (name) => found[name].map((run) => run.seconds)
const ratio = ratios(seconds('one'), seconds('all'))
const winners = new Set([...found.one, ...found.all].map(({ best }) => JSON.stringify(best)))
const delayMs = median(found.all.map(({ delayMs }) => delayMs))
const cancelMs = []
for (const after of [300, 700, 1100]) cancelMs.push(await cancelled(after))

console.log(`${nCandidates} candidates of an MLPClassifier on the ${x.rows} rows of phoneme, 5 folds each`)
console.log(`  one core ${digits(median(seconds('one')))} s, ${cores} cores ${digits(median(seconds('all')))} s`)
console.log(`  ${cores} cores are ${digits(ratio.median)} x as fast (${digits(ratio.min)} - ${digits(ratio.max)})`)
console.log(
  `  the winner is ${winners.size === 1 ? 'the same each time' : 'NOT the same'}: ${[...winners].join(' | ')}`,
)
console.log(`  the event loop on ${cores} cores: 99 % of its turns are late by less than ${digits(delayMs)} ms`)
console.log(`  cancelled, it resolves within ${digits(Math.max(...cancelMs))} ms`)
const summary = { ratio, sameWinner: winners.size === 1, delayMs, cancelMs: spread(cancelMs) }
writeJson(json, { ...describeMachine({ [ours]: await open() }), nCandidates, rounds, summary, runs: found })

async function search(threads, { signal, ...more } = {}) {
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
    nCandidates,
    refit: false,
    seed: 1,
    threads,
    ...more,
  })
  await own.fit(x, y, { signal })
  return own
}

/** With the delay that 99 % of the event loop's turns stay below: over how long its timer takes, of which 2 ms are its own. */
async function timed(threads) {
  const delay = monitorEventLoopDelay({ resolution: 2 })
  delay.enable()
  const start = performance.now()
  const { bestParams, bestScore } = await search(threads)
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  return { seconds, best: { ...bestParams, score: bestScore }, delayMs: delay.percentile(99) / 1e6 }
}

/** Milliseconds from the cancelling of a search to its end. */
async function cancelled(after) {
  const controller = new AbortController()
  // As many candidates as nobody is through with by then.
  const running = search(cores, { nCandidates: 2000, signal: controller.signal })
  await wait(after)
  const start = performance.now()
  controller.abort()
  const { stopReason } = await running
  if (stopReason !== 'aborted') throw new Error(`The search was over within ${after} ms: nothing was cancelled.`)
  return performance.now() - start
}

function readPhoneme() {
  const lines = gunzipSync(readFileSync(join(values.dir, 'phoneme.csv.gz')))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
  const rows = lines.map((line) => line.split(',').map(Number))
  return { x: Matrix.from(rows.map((row) => row.slice(0, -1))), y: Int32Array.from(rows, (row) => row.at(-1)) }
}

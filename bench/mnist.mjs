// MNIST from its files to 98 % on the test images: perceptra (in bfloat16 too, where the CPU multiplies it) and PyTorch,
// interleaved, each run in its own process.
//   node bench/mnist.mjs --dir path/to/mnist [--python path] [--rounds 3] [--goal 0.98] [--json path]
//                     [--hidden 512] [--rate 0.003] [--epochs 3]    the rate falls linearly to 0 over these epochs
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { layers, Sequential } from '../dist/index.js'
import { openPeers, ours } from './peers/index.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'
import { ratios, spread } from './statistics.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    dir: { ...text, default: path('../../shared/data/mnist') },
    python: { ...text, default: process.env.PERCEPTRA_PYTHON || 'python3' },
    rounds: { ...text, default: '3' },
    goal: { ...text, default: '0.98' },
    hidden: { ...text, default: '512' },
    rate: { ...text, default: '0.003' },
    epochs: { ...text, default: '3' },
    json: text,
  },
})
if (!existsSync(values.dir)) throw new Error(`--dir takes the folder of MNIST's four files; there is no ${values.dir}`)

// Only a run of the recipe itself may provide figures for the documentation.
const isWhole = process.argv.slice(2).every((word) => !/^--(rounds|goal|hidden|rate|epochs)\b/.test(word))
const json = values.json ?? path(`results/${isWhole ? '' : 'local-'}mnist.json`)
const cores = availableParallelism()
const recipe = {
  goal: Number(values.goal),
  hidden: values.hidden.split('-').map(Number),
  rate: Number(values.rate),
  batch: 128,
  epochs: Number(values.epochs),
}
// On a busy machine, and on small nets, PyTorch is faster on one thread: both are measured, and the better one is reported.
const runs = { [ours]: [process.execPath, path('mnist/run.mjs')] }
if (multipliesInBfloat16()) runs[`${ours} bfloat16`] = [...runs[ours], { precision: 'bfloat16' }]
for (const threads of new Set([cores, 1])) {
  runs[`PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`] = [values.python, path('mnist/run.py'), { threads }]
}

const { opened, missing } = await openPeers(['PyTorch'], { python: values.python, cores })
opened.PyTorch?.close()
if (missing.PyTorch) console.log(`PyTorch is missing: ${missing.PyTorch}`)
const names = Object.keys(runs).filter((name) => name.startsWith(ours) || opened.PyTorch)

const found = Object.fromEntries(names.map((name) => [name, []]))
console.log(
  `784-${values.hidden}-10, adam from ${recipe.rate} to 0 in ${recipe.epochs} epochs, batch ${recipe.batch}, ` +
    `until ${recipe.goal} of the test images are right`,
)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of names) {
    const result = await run(runs[name], round + 1)
    found[name].push(result)
    const reached = result.accuracy.at(-1) >= recipe.goal ? '' : ', the goal was NOT reached'
    console.log(
      `  ${name.padEnd(20)} ${result.seconds.toFixed(2)} s (process ${result.processSeconds.toFixed(2)} s), ` +
        `${result.accuracy.length} epochs, ${result.accuracy.at(-1).toFixed(4)}, ${digits(result.peakMB)} MB${reached}`,
    )
  }
}

const summary = Object.fromEntries(names.map((name) => [name, summarise(found[name])]))
for (const [name, { seconds, epochSeconds, peakMB, ratio, epochRatio }] of Object.entries(summary)) {
  const beside = name === ours ? '' : `: ${digits(ratio.median)} x our time, ${digits(epochRatio.median)} x our epoch`
  const own = `${digits(seconds.median)} s, ${digits(epochSeconds.median)} s an epoch, ${digits(peakMB.median)} MB`
  console.log(`${name}: ${own}${beside}`)
}
const versions = Object.fromEntries(Object.entries(opened).map(([name, { version }]) => [name, version]))
writeJson(json, { ...describeMachine(opened), versions, missing, recipe, summary, runs: found })

function multipliesInBfloat16() {
  const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] })
  try {
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError', precision: 'bfloat16' })
    return true
  } catch (error) {
    if (error.code === 'ERR_PRECISION') return false
    throw error
  } finally {
    model.dispose()
  }
}

async function run([program, script, own = {}], seed) {
  const start = performance.now()
  const asked = JSON.stringify({ ...recipe, ...own, seed })
  const { stdout } = await promisify(execFile)(program, [script, values.dir, asked])
  return { ...JSON.parse(stdout), processSeconds: (performance.now() - start) / 1000 }
}

function summarise(results) {
  const list = (of) => (values) => values.map(of)
  const seconds = list((result) => result.seconds)
  const epochs = list(({ trainSeconds, accuracy }) => trainSeconds / accuracy.length)
  return {
    seconds: spread(seconds(results)),
    epochSeconds: spread(epochs(results)),
    peakMB: spread(results.map(({ peakMB }) => peakMB)),
    ratio: ratios(seconds(results), seconds(found[ours])),
    epochRatio: ratios(epochs(results), epochs(found[ours])),
  }
}

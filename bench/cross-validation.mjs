// 5-fold cross-validation of a 64-100-10 classifier on the 1,797 digits: perceptra and scikit-learn's cross_val_score with
// one process per core, interleaved. Both use the same rows, folds and parameters (their common defaults with a batch of 200; then a batch of 32,
// a common choice) and the same stopping rule. scikit-learn computes in the type of the rows: its load_digits returns float64; float32
// is measured too.
//   node bench/cross-validation.mjs [--python path] [--rounds 3] [--batch 200,32] [--json path]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { datasets, Matrix, MLPClassifier, modelSelection } from '../dist/index.js'
import { LineChild } from './line-child.mjs'
import { ours } from './peers/index.mjs'
import { open as openOurs } from './peers/perceptra.mjs'
import { describeMachine, digits, writeJson } from './report.mjs'
import { ratios, spread } from './statistics.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const text = { type: 'string' }
const { values } = parseArgs({
  options: {
    python: { ...text, default: process.env.PERCEPTRA_PYTHON || 'python3' },
    rounds: { ...text, default: '3' },
    batch: { ...text, default: '200,32' },
    json: text,
  },
})
// Only a complete run may provide figures for the documentation.
const isWhole = process.argv.slice(2).every((word) => !/^--(rounds|batch)\b/.test(word))
const json = values.json ?? path(`results/${isWhole ? '' : 'local-'}cross-validation.json`)
const rounds = Number(values.rounds)
const batches = values.batch.split(',').map(Number)
/** More epochs than needed: both end when the loss no longer falls by tol. */
const maxIter = 1000

const { x, y } = allDigits()
const folder = mkdtempSync(join(tmpdir(), 'perceptra-bench-'))
const child = startPython()
try {
  await main()
} finally {
  child.close()
  rmSync(folder, { recursive: true })
}

async function main() {
  const { version } = JSON.parse(await child.read())
  // The first rounds compile code and start processes; they are not counted.
  const first = { seed: 1, batchSize: batches[0] }
  const cold = { perceptra: await runOurs(first), 'scikit-learn': await runTheirs(first, 'float64') }
  console.log('64-100-10 on the digits, 5 folds, adam, until the loss no longer falls')
  const cases = []
  for (const batchSize of batches) cases.push(await compare(batchSize, version))
  const machine = describeMachine({ [ours]: await openOurs() })
  const recipe = { maxIter, folds: 5, rounds }
  writeJson(json, { ...machine, versions: { 'scikit-learn': version }, recipe, cases, cold })
}

async function compare(batchSize, version) {
  const contenders = {
    [ours]: runOurs,
    'scikit-learn': (options) => runTheirs(options, 'float64'),
    'scikit-learn, float32': (options) => runTheirs(options, 'float32'),
  }
  const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let seed = 1; seed <= rounds; seed++) {
    for (const [name, run] of Object.entries(contenders)) runs[name].push(await run({ seed, batchSize }))
  }
  const seconds = (name) => runs[name].map((result) => result.seconds)
  console.log(`  batch ${batchSize} (scikit-learn ${version})`)
  const summary = {}
  for (const name of Object.keys(runs)) {
    const accuracy = mean(runs[name].flatMap(({ scores }) => scores))
    const ratio = ratios(seconds(name), seconds(ours))
    summary[name] = { seconds: spread(seconds(name)), accuracy, ratio }
    const range = name === ours ? '' : `, x ${digits(ratio.median)} (${digits(ratio.min)} - ${digits(ratio.max)})`
    const time = `${digits(summary[name].seconds.median)} s`
    console.log(`    ${name.padEnd(21)} ${time}, mean accuracy ${accuracy.toFixed(4)}${range}`)
  }
  return { batchSize, summary, runs }
}

async function runOurs({ seed, batchSize }) {
  const model = new MLPClassifier({ batchSize, maxIter, seed })
  const start = performance.now()
  const { testScores } = await modelSelection.crossValidate(model, x, y, { cv: 5 })
  return { seconds: (performance.now() - start) / 1000, scores: [...testScores] }
}

async function runTheirs({ seed, batchSize }, dtype) {
  const parameters = { batch_size: batchSize, max_iter: maxIter, random_state: seed }
  return JSON.parse(await child.ask(JSON.stringify({ ...parameters, dtype })))
}

function startPython() {
  const [pixels, labels] = [join(folder, 'x'), join(folder, 'y')]
  writeFileSync(pixels, x.data)
  writeFileSync(labels, y)
  return new LineChild(values.python, [path('cross-validation/peer.py'), pixels, labels])
}

function allDigits() {
  const { train, test } = datasets.digits()
  const rows = train.x.rows + test.x.rows
  const data = new Float32Array(rows * 64)
  data.set(train.x.data)
  data.set(test.x.data, train.x.data.length)
  return { x: new Matrix(data, rows, 64), y: Int32Array.from([...train.y, ...test.y]) }
}

function mean(list) {
  return list.reduce((sum, value) => sum + value, 0) / list.length
}

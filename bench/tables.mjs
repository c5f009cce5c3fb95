// Scores of TabularClassifier and TabularRegressor on tables with a fixed split, and the time they take:
//
//   node bench/tables.mjs ../shared/data [--presets fast] [--sets adult,letter] [--seeds 0,1,2] [--time 300] [--python /path/to/python3]
//   node bench/tables.mjs some.csv --target price [--task classes|numbers] [--presets fast] [--python /path/to/python3]
//     [--peers lightgbm,catboost,realmlp]
//
// Of a CSV file a fifth of the rows, drawn by a fixed seed, is the test; --task is by default classes for a target of words or of at most
// ten different numbers, and what the report of the rows warns of is printed. With --python, the defaults of LightGBM and CatBoost, or
// of --peers, are scored on the same rows (bench/table-peers.py): lightgbm, xgboost, catboost, and pytabkit's realmlp and tabm.
//
// A folder for each table, with meta.json (target, task, files, roles of columns), and test_index.json or a file test.csv.gz. Prints
// a row for each table and preset: means over the seeds of the test scores (of classes accuracy, AUC, log loss and the expected
// calibration error; of numbers RMSE and the coverage of intervals at .9), of the CPU seconds and seconds of fit, and the median
// time of predictSync of one row. --time is the timeLimit of fit in seconds. Nothing is chosen by test rows.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { datasets, TabularClassifier, TabularRegressor } from '../dist/index.js'
import { median } from './statistics.mjs'
import { namesOfTables, readFile, readTable } from './table-sets.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    presets: { type: 'string', default: 'fast' },
    sets: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    time: { type: 'string' },
    target: { type: 'string' },
    task: { type: 'string' },
    python: { type: 'string' },
    peers: { type: 'string', default: 'lightgbm,catboost' },
  },
})
const limit = values.time === undefined ? {} : { timeLimit: Number(values.time) }
const [folder] = positionals
if (!folder) throw new Error('Give the folder of the tables, or a CSV file and --target.')
const isFile = /\.csv(\.gz)?$/.test(folder)
const sets = isFile
  ? [basename(folder).replace(/\.csv(\.gz)?$/, '')]
  : (values.sets?.split(',') ?? namesOfTables(folder))

console.log('| table | preset | scores | CPU s of fit | s of fit | us a row |')
console.log('|---|---|---|---|---|---|')
for (const name of sets) {
  const table = isFile
    ? await readFile(datasets.readCsv, folder, values.target, values.task)
    : await readTable(datasets.readCsv, folder, name)
  if (values.python) for (const peer of scoresOfPeers(table, values.python)) print(name, peer)
  for (const preset of values.presets.split(',').filter(Boolean)) {
    const runs = []
    for (const seed of values.seeds.split(',')) runs.push(await run(table, preset, Number(seed)))
    const mean = (key) => runs.reduce((sum, one) => sum + one[key], 0) / runs.length
    const scores = Object.fromEntries(
      Object.keys(runs[0].scores).map((key) => [
        key,
        runs.reduce((sum, { scores }) => sum + scores[key], 0) / runs.length,
      ]),
    )
    print(name, { name: preset, scores, cpu: mean('cpu'), seconds: mean('seconds'), row: mean('row') })
    if (isFile) for (const warning of runs[0].warnings) console.log(`  ${warning}`)
  }
}

function print(table, { name, scores, cpu, seconds, row }) {
  const words = Object.entries(scores).map(([key, value]) => `${key} ${value.toPrecision(4)}`)
  const times = [cpu.toFixed(2), seconds?.toFixed(2) ?? '', row?.toFixed(1) ?? '']
  console.log(`| ${[table, name, words.join('; '), ...times].join(' | ')} |`)
}

/** The scores of other libraries with their defaults. */
function scoresOfPeers({ train, test, target, columns, isRegression }, python) {
  const temporary = mkdtempSync(join(tmpdir(), 'peers-'))
  const files = [train, test].map((rows, k) => {
    const path = join(temporary, `${k}.json`)
    const kept = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !(name in columns))))
    writeFileSync(path, JSON.stringify(kept))
    return path
  })
  const kind = isRegression ? 'numbers' : 'classes'
  const script = join(dirname(fileURLToPath(import.meta.url)), 'table-peers.py')
  const lines = execFileSync(python, [script, ...files, target, kind, values.peers])
  return String(lines)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function run({ columns, target, isRegression, train, test }, preset, seed) {
  const Model = isRegression ? TabularRegressor : TabularClassifier
  const [cpu, begin] = [process.cpuUsage(), performance.now()]
  const model = await new Model({ preset, seed }).fit(train, { target, columns, ...limit })
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const all = await model.evaluate(test)
  const { [target]: _, ...row } = test[0]
  for (const name of Object.keys(columns)) delete row[name]
  return {
    ...{ seconds, cpu: (user + system) / 1e6, row: timeOfRow(model, row), warnings: model.report.warnings },
    scores: isRegression
      ? { rmse: all.rmse, 'coverage of .9': await coverageOf(model, test, target) }
      : {
          accuracy: all.accuracy,
          auc: all.auc,
          'log loss': all.logLoss,
          ECE: await calibrationError(model, test, target),
        },
  }
}

/**
 * The expected calibration error of the predicted classes: the mean distance of their probability and their accuracy, over fifteen
 * bins of equal width (Guo et al. 2017).
 */
async function calibrationError(model, test, target) {
  const bins = Array.from({ length: 15 }, () => ({ probability: 0, right: 0 }))
  for (const [i, classes] of (await model.predictProba(test)).entries()) {
    const [label, probability] = Object.entries(classes).reduce((best, one) => (one[1] > best[1] ? one : best))
    const bin = bins[Math.min(Math.floor(probability * 15), 14)]
    bin.probability += probability
    bin.right += Number(label === String(test[i][target]))
  }
  return bins.reduce((sum, { probability, right }) => sum + Math.abs(probability - right), 0) / test.length
}

async function coverageOf(model, test, target) {
  const intervals = await model.predictInterval(test, { coverage: 0.9 })
  const inside = intervals.filter(({ lower, upper }, i) => lower <= test[i][target] && test[i][target] <= upper)
  return inside.length / test.length
}

/** Microseconds of predictSync, the median of eleven rounds. */
function timeOfRow(model, row) {
  const rounds = Array.from({ length: 11 }, () => {
    const begin = performance.now()
    for (let i = 0; i < 2000; i++) model.predictSync(row)
    return (performance.now() - begin) / 2
  })
  return median(rounds)
}

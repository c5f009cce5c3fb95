// Scores of TabularClassifier and TabularRegressor on tables with a fixed split, and the time they take:
//
//   node bench/tables.mjs ../shared/data [--presets fast] [--sets adult,letter] [--seeds 0,1,2] [--time 300]
//   node bench/tables.mjs some.csv --target price [--task classes|numbers] [--presets fast] [--python /path/to/python3]
//
// Of a CSV file a fifth of the rows, drawn by a fixed seed, is the test; --task is by default classes for a target of words or of at most
// ten different numbers. With --python, LightGBM's and CatBoost's defaults are scored on the same rows (bench/trees.py), and what the
// report of the rows warns of is printed.
//
// A folder for each table, with meta.json (target, task, files, roles of columns), and test_index.json or a file test.csv.gz. Prints
// a row for each table and preset: means over the seeds of the test scores, of the CPU seconds and seconds of fit, and the median
// time of predictSync of one row. --time is the timeLimit of fit in seconds. Nothing is chosen by test rows.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { datasets, TabularClassifier, TabularRegressor } from '../dist/index.js'
import { median } from './statistics.mjs'

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
  },
})
const limit = values.time === undefined ? {} : { timeLimit: Number(values.time) }
const [folder] = positionals
if (!folder) throw new Error('Give the folder of the tables, or a CSV file and --target.')
const isFile = /\.csv(\.gz)?$/.test(folder)
const sets = isFile
  ? [basename(folder).replace(/\.csv(\.gz)?$/, '')]
  : (values.sets?.split(',') ?? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'meta.json'))))

console.log('| table | preset | score | second score | CPU s of fit | s of fit | us a row |')
console.log('|---|---|---|---|---|---|---|')
for (const name of sets) {
  const table = isFile ? await readFile(folder) : await readSet(name)
  if (values.python) for (const trees of scoresOfTrees(table, values.python)) print(name, trees)
  for (const preset of values.presets.split(',')) {
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
  console.log(`| ${[table, name, ...words, ...Array(2 - words.length).fill(''), ...times].join(' | ')} |`)
}

/** The rows of a CSV file, of which a fifth is the test. */
async function readFile(path) {
  const { target } = values
  const table = await datasets.readCsv(path)
  if (!target) throw new Error(`Give --target, one of ${table.names.join(', ')}.`)
  const rows = [...table]
  const different = new Set(rows.map((row) => row[target]))
  const isNumeric = [...different].every((value) => typeof value === 'number')
  const task = values.task ?? (isNumeric && different.size > 10 ? 'numbers' : 'classes')
  let state = 1
  const isTest = rows.map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 < 0.2
  })
  return {
    ...{ columns: {}, target, isRegression: task === 'numbers' },
    ...{ train: rows.filter((_, i) => !isTest[i]), test: rows.filter((_, i) => isTest[i]) },
  }
}

/** The scores of boosted trees with their defaults. */
function scoresOfTrees({ train, test, target, columns, isRegression }, python) {
  const temporary = mkdtempSync(join(tmpdir(), 'trees-'))
  const files = [train, test].map((rows, k) => {
    const path = join(temporary, `${k}.json`)
    const kept = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !(name in columns))))
    writeFileSync(path, JSON.stringify(kept))
    return path
  })
  const script = join(dirname(fileURLToPath(import.meta.url)), 'trees.py')
  const lines = execFileSync(python, [script, ...files, target, isRegression ? 'numbers' : 'classes'])
  return String(lines)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function readSet(name) {
  const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'))
  const files = meta.files.filter((file) => file.endsWith('.csv.gz'))
  const read = async (file) => [...(await datasets.readCsv(join(folder, name, file)))]
  const all = await read(files.find((file) => !file.startsWith('test')))
  const columns = Object.fromEntries(
    meta.columns.filter(({ role }) => role === 'ignore').map((column) => [column.name, 'ignored']),
  )
  const common = { columns, target: meta.target, isRegression: meta.task === 'regression' }
  if (!meta.test_index) return { ...common, train: all, test: await read('test.csv.gz') }
  const index = new Set(JSON.parse(readFileSync(join(folder, name, meta.test_index), 'utf8')))
  return { ...common, train: all.filter((_, i) => !index.has(i)), test: all.filter((_, i) => index.has(i)) }
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
      : { accuracy: all.accuracy, auc: all.auc },
  }
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

// Scores of TabularClassifier and TabularRegressor on tables with a fixed split, and the time they take:
//
//   node bench/tables.mjs ../shared/data [--presets fast] [--sets adult,letter] [--seeds 0,1,2] [--time 300]
//
// A folder for each table, with meta.json (target, task, files, roles of columns), and test_index.json or a file test.csv.gz. Prints
// a row for each table and preset: means over the seeds of the test scores, of the CPU seconds and seconds of fit, and the median
// time of predictSync of one row. --time is the timeLimit of fit in seconds. Nothing is chosen by test rows.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
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
  },
})
const limit = values.time === undefined ? {} : { timeLimit: Number(values.time) }
const [folder] = positionals
if (!folder) throw new Error('Give the folder of the tables.')
const sets =
  values.sets?.split(',') ?? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'meta.json')))

console.log('| table | preset | score | second score | CPU s of fit | s of fit | us a row |')
console.log('|---|---|---|---|---|---|---|')
for (const name of sets) {
  const table = await readSet(name)
  for (const preset of values.presets.split(',')) {
    const runs = []
    for (const seed of values.seeds.split(',')) runs.push(await run(table, preset, Number(seed)))
    const mean = (key) => runs.reduce((sum, one) => sum + one[key], 0) / runs.length
    const scores = Object.keys(runs[0].scores).map((key) => {
      const value = runs.reduce((sum, { scores }) => sum + scores[key], 0) / runs.length
      return `${key} ${value.toPrecision(4)}`
    })
    const times = [mean('cpu').toFixed(2), mean('seconds').toFixed(2), mean('row').toFixed(1)]
    console.log(`| ${[name, preset, ...scores, ...times].join(' | ')} |`)
  }
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
    ...{ seconds, cpu: (user + system) / 1e6, row: timeOfRow(model, row) },
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

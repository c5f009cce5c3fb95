// One row of Adult through predictSync of table models, preparation included, and the parts of the call:
//
//   node bench/table-row.mjs ../shared/data [--presets fast,balanced,distilled] [--rows 4000] [--seconds 20]
//
// `distilled` is distilled from the model before it. Models are fitted to some rows within --seconds: the time of a call depends on the
// sizes of networks and on the columns, not on how well they predict. Prints the median and the shortest of rounds in turn, in microseconds.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { datasets, TabularClassifier } from '../dist/index.js'
import { makeLoop } from './loop.mjs'
import { median } from './statistics.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    presets: { type: 'string', default: 'fast,balanced,distilled' },
    rows: { type: 'string', default: '4000' },
    seconds: { type: 'string', default: '20' },
  },
})
if (!positionals[0]) throw new Error('Give the folder of the tables.')
const rounds = 25
const calls = 400
const table = (await datasets.readCsv(join(positionals[0], 'adult', 'train.csv.gz'))).slice(0, Number(values.rows))
const rows = [...table].map(({ income, ...row }) => row)

const loops = []
let model
for (const preset of values.presets.split(',')) {
  if (preset === 'distilled') model = await model.distill(table, { timeLimit: Number(values.seconds) })
  else {
    model = new TabularClassifier({ preset, seed: 1 })
    await model.fit(table, { target: 'income', timeLimit: Number(values.seconds) })
  }
  const own = model
  const { networks } = own.report.training
  loops.push({ name: `${preset} (${networks} networks)`, run: makeLoop(preset), probe: (row) => own.predictSync(row) })
}
for (const loop of loops) loop.times = []
for (let round = -3; round < rounds; round++) {
  for (const { run, probe, times } of loops) {
    const begin = performance.now()
    run(probe, rows, calls)
    if (round >= 0) times.push(((performance.now() - begin) / calls) * 1000)
  }
}
console.log('| predictSync of one row | median, us | shortest, us |')
console.log('|---|---|---|')
for (const { name, times } of loops) {
  console.log(`| ${name} | ${median(times).toFixed(1)} | ${Math.min(...times).toFixed(1)} |`)
}

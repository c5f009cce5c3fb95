// The peak memory of training a table model with many rows, from an async iterable that makes them one by one:
//
//   node bench/table-memory.mjs [--rows 1000000] [--columns 50] [--seconds 60]
//
// A tenth of the columns are categories, the others numbers. Prints megabytes, the seconds of fit and the score.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { TabularClassifier } from '../dist/index.js'
import { peakMegabytes } from './peak-memory.mjs'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
  },
})
const [rows, columns] = [Number(values.rows), Number(values.columns)]
const names = Array.from({ length: columns }, (_, j) => `column${j}`)
const words = ['red', 'green', 'blue', 'black', 'white', 'grey']

async function* table() {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  for (let i = 0; i < rows; i++) {
    const row = {}
    for (let j = 0; j < columns; j++) row[names[j]] = j % 10 ? random() * j : words[Math.floor(random() * words.length)]
    row.target = row.column1 + row.column2 * row.column3 > 2 && row.column0 !== 'red' ? 'yes' : 'no'
    yield row
  }
}

const before = peakMegabytes()
const begin = performance.now()
const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(table(), {
  target: 'target',
  timeLimit: Number(values.seconds),
})
const { score, epochs, stopReason } = model.report.training
console.log({
  ...{ rows, columns, peakMegabytes: Math.round(peakMegabytes()), megabytesBefore: Math.round(before) },
  ...{ seconds: (performance.now() - begin) / 1000, score, epochs, stopReason },
})

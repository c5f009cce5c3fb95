// How well table models keep to a time limit:
//
//   node bench/table-time.mjs [--presets fast,balanced,best] [--limits 5,20] [--rows 2000,100000] [--columns 50]
//
// A tenth of the columns are categories, the others numbers. Prints for each run the seconds of fit, their share of the limit, the rows and
// epochs that were trained with, networks, the score on held-out rows, and what the report says was left out.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { TabularClassifier } from '../dist/index.js'

const { values } = parseArgs({
  options: {
    presets: { type: 'string', default: 'fast,balanced,best' },
    limits: { type: 'string', default: '5,20' },
    rows: { type: 'string', default: '2000,100000' },
    columns: { type: 'string', default: '50' },
  },
})
const numbersOf = (list) => list.split(',').map(Number)
const columns = Number(values.columns)
const names = Array.from({ length: columns }, (_, j) => `column${j}`)
const words = ['red', 'green', 'blue', 'black', 'white', 'grey']

function* table(rows) {
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

console.log('| rows | preset | limit, s | fit, s | share | trained rows | epochs | networks | score | left out |')
console.log('|---|---|---|---|---|---|---|---|---|---|')
for (const rows of numbersOf(values.rows)) {
  // An array of many rows takes more memory than training with them.
  const given = rows * columns <= 5e6 ? [...table(rows)] : undefined
  for (const preset of values.presets.split(',')) {
    for (const limit of numbersOf(values.limits)) {
      const begin = performance.now()
      const model = new TabularClassifier({ preset, seed: 1 })
      await model.fit(given ?? table(rows), { target: 'target', timeLimit: limit })
      const seconds = (performance.now() - begin) / 1000
      const { training, warnings } = model.report
      const left = warnings.filter((warning) => warning.startsWith('The time limit')).join(' ')
      const facts = [rows, preset, limit, seconds.toFixed(2), (seconds / limit).toFixed(2), training.rows]
      console.log(`| ${[...facts, training.epochs, training.networks, training.score, left].join(' | ')} |`)
    }
  }
}

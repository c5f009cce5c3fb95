// One row of a table like Adult (6 columns of numbers, 8 of words) through a pipeline's predictSync, and the parts of the call:
// node bench/pipeline-row.mjs
import { performance } from 'node:perf_hooks'
import { makeLoop } from './loop.mjs'
import { median } from './statistics.mjs'

const { MLPClassifier, pipeline, preprocessing } = await import('../dist/index.js')

const rounds = 9
const numbers = ['age', 'fnlwgt', 'educationNum', 'capitalGain', 'capitalLoss', 'hoursPerWeek']
/** Words in each column of Adult. */
const words = { workclass: 9, education: 16, marital: 7, occupation: 15, relationship: 6, race: 5, sex: 2, country: 42 }

const rows = Array.from({ length: 2000 }, (_, i) => ({
  ...Object.fromEntries(numbers.map((name, j) => [name, (i * (j + 3) * 7919) % (100 * (j + 1))])),
  ...Object.fromEntries(Object.entries(words).map(([name, count], j) => [name, `word ${(i * (j + 5)) % count}`])),
}))
const labels = rows.map(({ age, sex }) => (age > 40 && sex === 'word 0' ? '>50K' : '<=50K'))
const columns = new preprocessing.ColumnTransformer({
  transformers: [
    ['num', new preprocessing.StandardScaler(), numbers],
    ['cat', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), Object.keys(words)],
  ],
})
const model = pipeline([columns, new MLPClassifier({ hiddenLayerSizes: [32], maxIter: 5, tol: 0, seed: 1 })])
process.removeAllListeners('warning').on('warning', () => {})
await model.fit(rows, labels)

const { columntransformer, mlpclassifier } = model.namedSteps
const encoded = rows.slice(0, 64).map((row) => columntransformer.transformSync(row))
const probes = {
  'pipeline.predictSync(row), a plain object': [(row) => model.predictSync(row), rows],
  'the same row as an array': [(row) => model.predictSync(row), rows.slice(0, 64).map((row) => Object.values(row))],
  'its ColumnTransformer: transformSync(row)': [(row) => columntransformer.transformSync(row), rows],
  'its MLPClassifier: predictSync(encoded row)': [(row) => mlpclassifier.predictSync(row), encoded],
}
const loops = Object.fromEntries(Object.keys(probes).map((name) => [name, makeLoop(name)]))
const times = Object.fromEntries(Object.keys(probes).map((name) => [name, []]))
for (let round = -2; round < rounds; round++) {
  for (const [name, [probe, list]] of Object.entries(probes)) {
    const count = 5000
    const start = performance.now()
    loops[name](probe, list, count)
    if (round >= 0) times[name].push(((performance.now() - start) * 1e3) / count)
  }
}
console.log(`microseconds a call (median of ${rounds} rounds, smallest)`)
for (const [name, taken] of Object.entries(times)) {
  const figures = [median(taken), Math.min(...taken)].map((value) => value.toFixed(2).padStart(7))
  console.log(`  ${name.padEnd(45)} ${figures.join(' ')}`)
}

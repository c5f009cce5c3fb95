// The default MLPClassifier and MLPRegressor compared with scikit-learn's, on the tables that bench/scores.py prepared.
//
//   node bench/scores.mjs .cache/scores [name ...]
//
// Prints one row per table: the mean test score of three seeds and its standard error (accuracy or root mean squared error) of
// both, and whether perceptra is better or within noise (two standard errors of the difference). For a table without
// scikit-learn's scores it prints only those of perceptra.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Matrix, MLPClassifier, MLPRegressor } from '../dist/index.js'

const seeds = [0, 1, 2]
const [folder, ...wanted] = process.argv.slice(2)
if (!folder) throw new Error('Give the folder that bench/scores.py wrote.')
const names = wanted.length
  ? wanted
  : readdirSync(folder).filter((name) => existsSync(join(folder, name, 'prepared.json')))

console.log('| table | metric | ours | scikit-learn | within noise or better |')
console.log('|---|---|---|---|---|')
for (const name of names) {
  const info = JSON.parse(text(name, 'prepared.json'))
  const theirs = existsSync(join(folder, name, 'sklearn.json')) ? JSON.parse(text(name, 'sklearn.json')) : []
  const ours = []
  for (const seed of seeds) ours.push(await (info.classes ? classify : regress)(name, info, seed))
  const [own, other] = [spread(ours), spread(theirs)]
  const noise = 2 * Math.hypot(own.error, other.error)
  const gain = info.classes ? own.mean - other.mean : other.mean - own.mean
  const shown = ({ mean, error }) => (Number.isNaN(mean) ? '-' : `${round(mean)} ± ${round(error)}`)
  const good = theirs.length === 0 ? '-' : gain >= -noise - 1e-12 ? 'yes' : 'no'
  const metric = info.classes ? 'accuracy' : 'RMSE'
  console.log(`| ${name} | ${metric} | ${shown(own)} | ${shown(other)} | ${good} |`)
}

async function classify(name, { columns }, seed) {
  const model = new MLPClassifier({ seed })
  await model.fit(table(name, 'x', columns), numbers(name, 'y', Int32Array))
  return model.score(table(name, 'xt', columns), numbers(name, 'yt', Int32Array))
}

async function regress(name, { columns, mean, std }, seed) {
  const model = new MLPRegressor({ seed })
  await model.fit(table(name, 'x', columns), numbers(name, 'y', Float32Array))
  const found = await model.predict(table(name, 'xt', columns))
  const truth = numbers(name, 'yt', Float64Array)
  return Math.sqrt(truth.reduce((sum, y, i) => sum + (found[i] * std + mean - y) ** 2, 0) / truth.length)
}

function text(name, file) {
  return readFileSync(join(folder, name, file), 'utf8')
}

function numbers(name, file, type) {
  const bytes = readFileSync(join(folder, name, file))
  return new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

function table(name, file, columns) {
  const data = numbers(name, file, Float32Array)
  return new Matrix(data, data.length / columns, columns)
}

/** The mean and its standard error. */
function spread(scores) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (scores.length - 1) / scores.length) }
}

function round(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

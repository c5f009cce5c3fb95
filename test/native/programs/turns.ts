// The longest turns of the event loop during asynchronous methods with large arrays, as JSON: milliseconds that this thread
// computed, which other processes do not change.
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  inspection,
  layers,
  MLPClassifier,
  MLPRegressor,
  modelSelection,
  pipeline,
  preprocessing,
  Sequential,
  SGDClassifier,
  Table,
} from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'

/** Milliseconds that this thread has computed for; where the system does not count them, the time. */
function computed(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** The longest turn, from the call on. */
async function longestTurn(call: () => Promise<unknown>): Promise<number> {
  let [longest, running, last] = [0, true, computed()]
  const turn = () => {
    longest = Math.max(longest, computed() - last)
    last = computed()
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  await call()
  running = false
  turn()
  return longest
}

const rows = 5_000_000
const x = new Float32Array(rows)
const classes = new Uint8Array(rows)
const weights = new Array<number>(rows).fill(1)
const model = new Sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [1] })], seed: 1 })
model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
const options = { batchSize: 65_536, sampleWeight: weights, classWeight: { 1: 2 }, validationSplit: 0.2 }
const words = Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? 'even' : 'odd'))
const numbers = new Array<number>(rows).fill(0.5)
const network = { hiddenLayerSizes: [2], maxIter: 1, batchSize: 65_536, seed: 1 }
const classifier = new MLPClassifier({ ...network, earlyStopping: true, classWeight: 'balanced' })
const regressor = new MLPRegressor(network)
const linear = { maxIter: 1, tol: null, seed: 1 }
const wide = new Sequential({ layers: [layers.dense({ units: 3_000, inputShape: [3_000] })], seed: 1 })
wide.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
const file = join(mkdtempSync(join(tmpdir(), 'turns-')), 'wide.safetensors')
const patients = 250_000
// Two rows a patient, as words.
const some = x.subarray(0, 2 * patients)
const groups = Array.from(some, (_, row) => `patient ${((row >> 1) * 7919) % patients}`)
const splitBy = (cv: modelSelection.GroupKFold | modelSelection.StratifiedGroupKFold) => () =>
  modelSelection.crossValidate(new SGDClassifier(linear), some, words.slice(0, some.length), { cv, groups })
const table = Table.from({ number: Float64Array.from(groups, (_, row) => row), word: groups })
const oneNumber = (_model: object, rows: Table) => rows.numbers('number')
const inspect = (features: string, customValues: Record<string, string[]>) => () =>
  inspection.partialDependence({}, table, {
    features,
    kind: 'individual',
    gridResolution: 5,
    responseMethod: oneNumber,
    customValues,
  })
// A graph of 600 columns, which fromOnnx finds out one by one.
const manyNames = Array.from({ length: 600 }, (_, column) => `c${column}`)
const manyWords = Table.from(Object.fromEntries(manyNames.map((name, k) => [name, ['a', 'b', 'c', `d${k}`]])))
const encoded = pipeline([new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), new MLPClassifier(network)])
const graph = await toOnnx(await encoded.fit(manyWords, ['no', 'yes', 'no', 'yes']))
const calls: Record<string, () => Promise<unknown>> = {
  fit: () => model.fit(x, classes, options),
  evaluate: () => model.evaluate(x, classes, { sampleWeight: weights }),
  predict: () => model.predict(x),
  'MLPClassifier.fit': () => classifier.fit(x, words, { sampleWeight: weights }),
  'MLPClassifier.predict': () => classifier.predict(x),
  'MLPClassifier.predictLogProba': () => classifier.predictLogProba(x),
  'MLPClassifier.score': () => classifier.score(x, words, { sampleWeight: weights }),
  'MLPRegressor.fit': () => regressor.fit(x, numbers),
  'MLPRegressor.score': () => regressor.score(x, numbers),
  'SGDClassifier.fit': () => new SGDClassifier({ ...linear, earlyStopping: true }).fit(x, words),
  'pipeline.fit': () => pipeline([new preprocessing.StandardScaler(), new SGDClassifier(linear)]).fit(x, words),
  'crossValidate by patients': splitBy(new modelSelection.GroupKFold({ nSplits: 2 })),
  'crossValidate by patients, stratified': splitBy(new modelSelection.StratifiedGroupKFold({ nSplits: 2 })),
  'OrdinalEncoder.fit of 250,000 words': () => new preprocessing.OrdinalEncoder().fit(groups.map((group) => [group])),
  'partialDependence of numbers, a curve a row': inspect('number', {}),
  'partialDependence of words, a curve a row': inspect('word', { word: ['patient 1', 'patient 2'] }),
  save: () => wide.save(file),
  load: () => Sequential.load(file),
  toOnnx: () => toOnnx(wide),
  'fromOnnx of 600 columns': () => fromOnnx(graph),
}
const turns: Record<string, number> = {}
for (const [name, call] of Object.entries(calls)) turns[name] = await longestTurn(call)
process.stdout.write(JSON.stringify(turns))

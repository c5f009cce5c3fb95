// The longest turn of the event loop, in milliseconds, during asynchronous methods with large inputs: the time; what this thread
// computed in one, which other processes change little; the same without V8's collections of garbage, which is what our own loops
// take; and the whole time of each. Collections alone pass 20 ms where millions of strings are alive: they stop this thread.
// node bench/turns.mjs [--only word]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

const perceptra = await import('../dist/index.js')
const { CalibratedClassifier, datasets, inspection, layers, Matrix, MLPClassifier, MLPRegressor } = perceptra
const { modelSelection, NetworkClassifier, pipeline, preprocessing, Sequential, SGDClassifier, SGDRegressor, Table } =
  perceptra
const { fromOnnx, toOnnx } = await import('../dist/interchange.js')
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

/** Milliseconds that this thread has computed for; where the system does not count them, the time. */
function computed() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** Adds up the pauses of a list of turns, [begin, end, computed], by collections of garbage. */
function withoutGarbage(turns, pauses) {
  let [longest, at] = [0, 0]
  for (const [begin, end, spent] of turns) {
    while (at < pauses.length && pauses[at].startTime < begin) at++
    let paused = 0
    for (; at < pauses.length && pauses[at].startTime < end; at++) paused += pauses[at].duration
    longest = Math.max(longest, spent - paused)
  }
  return longest
}

/** The longest time between two turns while `work`, which begins with a turn of its own, is under way. */
async function measure(work) {
  let [longest, longestComputed, running] = [0, 0, true]
  let [last, lastComputed] = [0, 0]
  let [turns, pauses] = [[], []]
  const observer = new PerformanceObserver((list) => pauses.push(...list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    const nowComputed = computed()
    const spent = nowComputed - lastComputed
    longestComputed = Math.max(longestComputed, spent)
    if (spent > 5) turns.push([last, now, spent])
    lastComputed = nowComputed
    last = performance.now()
    if (running) setImmediate(turn)
  }
  ;[last, lastComputed] = [performance.now(), computed()]
  setImmediate(turn)
  await new Promise(setImmediate)
  longest = 0
  longestComputed = 0
  turns = []
  const start = performance.now()
  await work()
  running = false
  turn()
  const total = performance.now() - start
  await new Promise((resolve) => setTimeout(resolve, 50)) // the observer is told of the last collections
  observer.disconnect()
  return { longest, longestComputed, own: withoutGarbage(turns, pauses), total }
}

const dense = (units, inputShape) => layers.dense({ units, activation: 'relu', ...(inputShape && { inputShape }) })
function compiled(...units) {
  const model = new Sequential({
    layers: units.slice(1).map((count, i) => dense(count, i === 0 && [units[0]])),
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  return model
}

const folder = mkdtempSync(join(tmpdir(), 'turns-'))
const csv = join(folder, 'large.csv')
const objects = Array.from({ length: 32_000 }, (_, i) => ({
  a: i % 97,
  b: i % 31,
  c: `word ${i % 50}`,
  d: i % 2 === 0,
  e: i / 7,
  f: `${i % 9}`,
}))
const labels = objects.map(({ a }) => (a > 40 ? 'large' : 'small'))
const columns = () =>
  new preprocessing.ColumnTransformer({
    transformers: [
      ['num', new preprocessing.StandardScaler(), ['a', 'b', 'd', 'e']],
      ['cat', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), ['c', 'f']],
    ],
  })
const classifier = () => pipeline([columns(), new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 1, seed: 1 })])
const fitted = await classifier().fit(objects.slice(0, 1000), labels.slice(0, 1000))
process.removeAllListeners('warning').on('warning', () => {})
const many = 5_000_000
const some = 1_000_000
const x = Float32Array.from({ length: many }, (_, row) => (row % 1000) / 1000)
const wide = new Matrix(x, some, 5)
const weights = new Array(many).fill(1)
const words = Array.from({ length: many }, (_, row) => (row % 1000 > 500 ? 'large' : 'small'))
const numbers = Array.from({ length: many }, (_, row) => (row % 1000) / 1000)
const rowsOf = (count) => Array.from({ length: count }, (_, row) => [row % 1000])
const someWords = words.slice(0, some)
const groups = Int32Array.from({ length: some }, (_, row) => row % 1009)
const small = compiled(1, 1)
const one = { seed: 1, maxIter: 1, hiddenLayerSizes: [2] }
const twice = { maxIter: 1, tol: null, seed: 1 }
const mlp = await new MLPClassifier({ ...one, batchSize: 20_000 }).fit(x.subarray(0, 40_000), words.slice(0, 40_000))
const mlpNumbers = await new MLPRegressor({ ...one, batchSize: 20_000 }).fit(
  x.subarray(0, 40_000),
  numbers.slice(0, 40_000),
)
const sgd = await new SGDClassifier(twice).fit(x.subarray(0, 40_000), words.slice(0, 40_000))
const network = () => new NetworkClassifier({ layers: [dense(2)], epochs: 1, batchSize: 65_536, seed: 1 })
const stratified = { cv: new modelSelection.StratifiedKFold({ nSplits: 3, shuffle: true, seed: 1 }) }

// Two rows a group, such as the visits of a patient.
const pairs = Array.from({ length: some }, (_, row) => `patient ${((row >> 1) * 7919) % 500_000}`)
const crossValidateBy = (splitter, by = groups) =>
  modelSelection.crossValidate(new SGDClassifier(twice), wide, someWords, {
    cv: new modelSelection[splitter]({ nSplits: 3 }),
    ...(splitter !== 'TimeSeriesSplit' && { groups: by }),
  })

const cases = {
  'constructor and compile of 67 M weights, predict': () => compiled(8192, 8192).predict(new Float32Array(8192)),
  'fit of 67 M weights': async () => {
    const large = compiled(8192, 8192)
    return () => large.fit(new Float32Array(8192), new Float32Array(8192), { epochs: 1 })
  },
  'save of 67 M weights': async () => {
    const large = compiled(8192, 8192)
    return () => large.save(join(folder, 'large.safetensors'))
  },
  'load of 67 M weights': async () => {
    await compiled(8192, 8192).save(join(folder, 'large.safetensors'))
    return () => Sequential.load(join(folder, 'large.safetensors'))
  },
  'toOnnx of 10 M weights': async () => {
    const large = compiled(2500, 4000)
    // The first export of a program loads the code that writes files, which is measured below.
    await toOnnx(compiled(2, 2))
    return () => toOnnx(large)
  },
  'toOnnx of 4 weights, the first': async () => {
    const small = compiled(2, 2)
    return () => toOnnx(small)
  },
  'fromOnnx of 600 columns of words': async () => {
    const names = Array.from({ length: 600 }, (_, column) => `c${column}`)
    const rows = Table.from(Object.fromEntries(names.map((name, k) => [name, ['a', 'b', 'c', `d${k}`]])))
    const steps = [new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), new MLPClassifier(one)]
    const graph = await toOnnx(await pipeline(steps).fit(rows, ['no', 'yes', 'no', 'yes']))
    return () => fromOnnx(graph)
  },
  'readCsv of 64 MB': async () => {
    const line = '12.5,some words,true,1234567,0.001,another\n'
    writeFileSync(csv, `a,b,c,d,e,f\n${line.repeat(Math.ceil((64 << 20) / line.length))}`)
    return () => datasets.readCsv(csv)
  },
  'readNdjson of 64 MB': async () => {
    const line = '{"a":12.5,"b":"some words","c":true,"d":1234567}\n'
    writeFileSync(csv, line.repeat(Math.ceil((64 << 20) / line.length)))
    return () => datasets.readNdjson(csv)
  },
  'fit of 32,000 plain objects': () => classifier().fit(objects, labels),
  'predict of 32,000 plain objects': () => fitted.predict(objects),
  'score of 32,000 plain objects': () => fitted.score(objects, labels),
  'predictProba of 32,000 plain objects': () => fitted.predictProba(objects),
  'fit of 5 M rows with sampleWeight': () => small.fit(x, x, { epochs: 1, batchSize: 65_536, sampleWeight: weights }),
  'evaluate of 5 M rows with sampleWeight': () => small.evaluate(x, x, { sampleWeight: weights }),
  'predict of 5 M rows': () => small.predict(x),
  'MLPClassifier.fit of 5 M rows': () =>
    new MLPClassifier({ ...one, batchSize: 65_536 }).fit(x, words, { sampleWeight: weights }),
  'MLPClassifier.fit with earlyStopping, classWeight': () =>
    new MLPClassifier({ ...one, batchSize: 65_536, earlyStopping: true, classWeight: 'balanced' }).fit(x, words),
  'MLPClassifier.fit of arrays of rows': async () => {
    const rows = rowsOf(some)
    return () => new MLPClassifier({ ...one, batchSize: 65_536 }).fit(rows, someWords)
  },
  'MLPClassifier.partialFit': () => new MLPClassifier(one).partialFit(wide, someWords, { classes: ['small', 'large'] }),
  'MLPClassifier.predict': () => mlp.predict(x),
  'MLPClassifier.predictProba': () => mlp.predictProba(x),
  'MLPClassifier.predictLogProba': () => mlp.predictLogProba(x),
  'MLPClassifier.score with sampleWeight': () => mlp.score(x, words, { sampleWeight: weights }),
  'MLPRegressor.fit of 5 M rows': () =>
    new MLPRegressor({ ...one, batchSize: 65_536 }).fit(x, numbers, { sampleWeight: weights }),
  'MLPRegressor.fit with earlyStopping': () =>
    new MLPRegressor({ ...one, batchSize: 65_536, earlyStopping: true }).fit(x, numbers),
  'MLPRegressor.predict': () => mlpNumbers.predict(x),
  'MLPRegressor.score': () => mlpNumbers.score(x, numbers),
  'SGDClassifier.fit of 5 M rows': () => new SGDClassifier(twice).fit(x, words, { sampleWeight: weights }),
  'SGDClassifier.fit with earlyStopping': () =>
    new SGDClassifier({ ...twice, earlyStopping: true, classWeight: 'balanced' }).fit(x, words),
  'SGDClassifier.predict': () => sgd.predict(x),
  'SGDClassifier.decisionFunction': () => sgd.decisionFunction(x),
  'SGDClassifier.score': () => sgd.score(x, words),
  'SGDRegressor.fit of 5 M rows': () => new SGDRegressor(twice).fit(x, numbers, { sampleWeight: weights }),
  'NetworkClassifier.fit of 5 M rows': () => network().fit(x, words, { sampleWeight: weights }),
  'StandardScaler.fitTransform of 5 M rows': () => new preprocessing.StandardScaler().fitTransform(wide),
  'StandardScaler.fit with sampleWeight': () =>
    new preprocessing.StandardScaler().fit(wide, undefined, { sampleWeight: weights.slice(0, some) }),
  'RobustScaler.fitTransform of 5 M numbers': () => new preprocessing.RobustScaler().fitTransform(wide),
  'QuantileTransformer.fitTransform of 5 M numbers': () => new preprocessing.QuantileTransformer().fitTransform(wide),
  'OneHotEncoder.fitTransform of 1 M words': async () => {
    const table = someWords.map((word) => [word])
    return () => new preprocessing.OneHotEncoder().fitTransform(table)
  },
  'TargetEncoder.fitTransform of 1 M words': async () => {
    const table = someWords.map((word) => [word])
    return () => new preprocessing.TargetEncoder({ seed: 1 }).fitTransform(table, numbers.slice(0, some))
  },
  'SimpleImputer.fitTransform of 5 M numbers': () =>
    new preprocessing.SimpleImputer({ strategy: 'median' }).fitTransform(wide),
  'pipeline of scaler and SGDClassifier, fit of 1 M rows': () =>
    pipeline([new preprocessing.StandardScaler(), new SGDClassifier(twice)]).fit(wide, someWords),
  'crossValidate of 1 M rows': () =>
    modelSelection.crossValidate(new SGDClassifier(twice), wide, someWords, stratified),
  'crossValPredict of 1 M rows': () =>
    modelSelection.crossValPredict(new SGDClassifier(twice), wide, someWords, stratified),
  'GridSearch of 1 M rows': () =>
    new modelSelection.GridSearch({
      estimator: new SGDClassifier(twice),
      params: { alpha: [1e-4] },
      ...stratified,
    }).fit(wide, someWords),
  'CalibratedClassifier.fit of 1 M rows': () =>
    new CalibratedClassifier({ estimator: new SGDClassifier(twice), ...stratified }).fit(wide, someWords),
  'permutationImportance of 1 M rows': async () => {
    const model = await new SGDClassifier(twice).fit(wide, someWords)
    return () => inspection.permutationImportance(model, wide, someWords, { nRepeats: 1, seed: 1 })
  },
  'partialDependence of 1 M rows': async () => {
    const model = await new SGDClassifier(twice).fit(wide, someWords)
    const options = { features: 0, gridResolution: 3, sampleWeight: weights.slice(0, some) }
    return () => inspection.partialDependence(model, wide, options)
  },
  'partialDependence of 1 M rows, a curve a row': async () => {
    const model = await new SGDClassifier(twice).fit(wide, someWords)
    return () => inspection.partialDependence(model, wide, { features: 0, gridResolution: 3, kind: 'both' })
  },
  'crossValidate of 1 M rows in 500,000 groups': () => crossValidateBy('GroupKFold', pairs),
  'crossValidate of 1 M rows in 500,000 groups, strat.': () => crossValidateBy('StratifiedGroupKFold', pairs),
  'crossValidate of 1 M rows in groups': () => crossValidateBy('GroupKFold'),
  'crossValidate of 1 M rows in groups, stratified': () => crossValidateBy('StratifiedGroupKFold'),
  'crossValidate of 1 M rows in the order of time': () => crossValidateBy('TimeSeriesSplit'),
  'learningCurve of 1 M rows, shuffled': () =>
    modelSelection.learningCurve(new SGDClassifier(twice), wide, someWords, {
      ...stratified,
      trainSizes: [0.5],
      shuffle: true,
    }),
  'HalvingSearch of 1 M rows': () =>
    new modelSelection.HalvingSearch({
      estimator: new SGDClassifier(twice),
      params: { alpha: [1e-4, 1e-3] },
      minResources: 250_000,
      factor: 2,
      seed: 1,
      ...stratified,
    }).fit(wide, someWords),
}
console.log(
  '                                                       longest turn  computed  without gc  whole time (ms)',
)
for (const [name, work] of Object.entries(cases)) {
  if (!name.includes(values.only)) continue
  // An async function prepares, and resolves to what is measured.
  const prepared = work.constructor.name === 'AsyncFunction' ? await work() : work
  const times = await measure(prepared)
  const { longest, longestComputed, own, total } = times
  const figures = [longest.toFixed(1).padStart(12), longestComputed.toFixed(1).padStart(9), own.toFixed(1).padStart(11)]
  const numbers = `${figures.join(' ')} ${total.toFixed(0).padStart(16)}`
  console.log(`  ${name.padEnd(52)} ${numbers}`)
}
rmSync(folder, { recursive: true, force: true })

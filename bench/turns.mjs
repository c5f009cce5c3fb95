// The longest turn of the event loop, in milliseconds, during asynchronous methods with large inputs: the time, and what this
// thread computed in it, which other processes do not change; and the whole time of each:
// node bench/turns.mjs [--only word]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

const { datasets, layers, MLPClassifier, pipeline, preprocessing, Sequential } = await import('../dist/index.js')
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

/** Milliseconds that this thread has computed for; where the system does not count them, the time. */
function computed() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** The longest time between two turns while `work`, which begins with a turn of its own, is under way. */
async function measure(work) {
  let [longest, longestComputed, running] = [0, 0, true]
  let [last, lastComputed] = [0, 0]
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    const nowComputed = computed()
    longestComputed = Math.max(longestComputed, nowComputed - lastComputed)
    lastComputed = nowComputed
    last = performance.now()
    if (running) setImmediate(turn)
  }
  ;[last, lastComputed] = [performance.now(), computed()]
  setImmediate(turn)
  await new Promise(setImmediate)
  longest = 0
  longestComputed = 0
  const start = performance.now()
  await work()
  running = false
  turn()
  return { longest, longestComputed, total: performance.now() - start }
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
const x = new Float32Array(many)
const weights = new Array(many).fill(1)
const small = compiled(1, 1)

const cases = {
  'constructor and compile of 67 M weights, predict': () => compiled(8192, 8192).predict(new Float32Array(8192)),
  'readCsv of 64 MB': async () => {
    const line = '12.5,some words,true,1234567,0.001,another\n'
    writeFileSync(csv, `a,b,c,d,e,f\n${line.repeat(Math.ceil((64 << 20) / line.length))}`)
    return () => datasets.readCsv(csv)
  },
  'fit of 32,000 plain objects': () => classifier().fit(objects, labels),
  'predict of 32,000 plain objects': () => fitted.predict(objects),
  'fit of 5 M rows with sampleWeight': () => small.fit(x, x, { epochs: 1, batchSize: 65_536, sampleWeight: weights }),
  'evaluate of 5 M rows with sampleWeight': () => small.evaluate(x, x, { sampleWeight: weights }),
  'predict of 5 M rows': () => small.predict(x),
}
console.log('                                                       longest turn  computed  whole time (ms)')
for (const [name, work] of Object.entries(cases)) {
  if (!name.includes(values.only)) continue
  const prepared = name.startsWith('readCsv') ? await work() : work
  const times = await measure(prepared)
  const [longest, computing, total] = [times.longest, times.longestComputed, times.total]
  const numbers = `${longest.toFixed(1).padStart(12)} ${computing.toFixed(1).padStart(9)} ${total.toFixed(0).padStart(12)}`
  console.log(`  ${name.padEnd(52)} ${numbers}`)
}
rmSync(folder, { recursive: true, force: true })

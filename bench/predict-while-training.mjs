// How long predict takes while the same process trains, and how many requests a second are answered, idle and during retraining that
// never pauses: node bench/predict-while-training.mjs [--net 784-512-512-10] [--seconds 2]
import { performance } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { layers, Sequential } = await import('../dist/index.js')

const { values } = parseArgs({
  options: {
    net: { type: 'string', default: '784-512-512-10' },
    batch: { type: 'string', default: '128' },
    seconds: { type: 'string', default: '2' },
  },
})
const sizes = values.net.split('-').map(Number)
const seconds = Number(values.seconds)
const rows = 20_000

function makeModel() {
  const hidden = sizes
    .slice(1, -1)
    .map((units, i) => layers.dense({ units, activation: 'relu', ...(i === 0 && { inputShape: [sizes[0]] }) }))
  const first = hidden.length === 0 ? { inputShape: [sizes[0]] } : {}
  const model = new Sequential({
    layers: [...hidden, layers.dense({ units: sizes.at(-1), activation: 'softmax', ...first })],
    seed: 1,
  })
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  return model
}

const x = Float32Array.from({ length: rows * sizes[0] }, (_, k) => ((k * 2654435761) % 1000) / 1000)
const y = Int32Array.from({ length: rows }, (_, i) => i % sizes.at(-1))
const served = makeModel()
const retrained = makeModel()
const row = x.subarray(0, sizes[0])
const manyRows = x.subarray(0, 2000 * sizes[0])
await served.predict(row)

/** Runs `work` while both models train, or while nothing does. */
async function during(models, work) {
  const stop = new AbortController()
  const training = models.map((model) =>
    model.fit(x, y, { epochs: 1e6, batchSize: Number(values.batch), signal: stop.signal }).catch(() => {}),
  )
  if (models.length > 0) await setTimeout(500)
  const result = await work()
  stop.abort()
  await Promise.all(training)
  return result
}

/** Milliseconds of single calls, with a pause after each. */
async function timeCalls(call, pauseMs) {
  const times = []
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const start = performance.now()
    await call()
    times.push(performance.now() - start)
    await (pauseMs > 0 ? setTimeout(pauseMs) : setImmediate())
  }
  return times.sort((a, b) => a - b)
}

/** Requests a second, 8 at a time. */
async function rate(model) {
  let answered = 0
  const end = performance.now() + seconds * 1000
  const client = async () => {
    while (performance.now() < end) {
      await model.predict(row)
      answered++
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  return answered / seconds
}

const at = (times, share) => times[Math.min(Math.floor(times.length * share), times.length - 1)].toFixed(2)
const line = (name, times) =>
  console.log(
    `  ${name.padEnd(48)} ${at(times, 0.5).padStart(8)} ${at(times, 0.9).padStart(8)} ${at(times, 0.99).padStart(8)}`,
  )

console.log(`${values.net}, batches of ${values.batch}: milliseconds of predict (median, p90, p99)`)
line('one row, nothing trains', await timeCalls(() => served.predict(row), 2))
line('one row, this model trains', await during([retrained], () => timeCalls(() => retrained.predict(row), 2)))
line('one row, another model trains', await during([retrained], () => timeCalls(() => served.predict(row), 2)))
line(
  'one row now and then, this model trains',
  await during([retrained], () => timeCalls(() => retrained.predict(row), 120)),
)
line('2,000 rows, this model trains', await during([retrained], () => timeCalls(() => retrained.predict(manyRows), 20)))
const idle = await rate(served)
const busy = await during([retrained], () => rate(served))
console.log(
  `requests a second: idle ${idle.toFixed(0)}, while another model trains ${busy.toFixed(0)}: ${(busy / idle).toFixed(2)}`,
)

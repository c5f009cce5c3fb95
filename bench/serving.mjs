// Requests per second of servers with one model, single rows of Adult as JSON, in turn on this machine:
//   node bench/serving.mjs --data FOLDER --python PYTHON --fastify FILE [--seconds 5] [--connections 32] [--rounds 2] [--json FILE]
// FOLDER has Adult's train.csv.gz; PYTHON has fastapi, uvicorn (with uvloop and httptools), onnxruntime, scikit-learn, pandas; FILE is the main
// file of the package fastify. Each server is one process; the load comes from another one. The network has layers of 128 and 128 everywhere.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { describeMachine, writeJson } from './report.mjs'
import { median } from './statistics.mjs'

const { values } = parseArgs({
  options: {
    ...{ data: { type: 'string' }, python: { type: 'string' }, fastify: { type: 'string' }, json: { type: 'string' } },
    ...{ seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '2' } },
    ...{ connections: { type: 'string', default: '32' } },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url))
const here = (name) => fileURLToPath(new URL(`serving/${name}`, import.meta.url))
const { datasets, MLPClassifier, pipeline, preprocessing } = await import(join(root, 'dist/index.js'))
const { toOnnx } = await import(join(root, 'dist/interchange.js'))
const { ColumnTransformer, OneHotEncoder, SimpleImputer, StandardScaler } = preprocessing

const folder = mkdtempSync(join(tmpdir(), 'perceptra-serving-'))
const csv = join(folder, 'train.csv')
writeFileSync(csv, gunzipSync(readFileSync(join(values.data, 'train.csv.gz'))))
const table = await datasets.readCsv(csv)
const x = table.drop(['income'])
const numbers = x.names.filter((name) => x.kind(name) === 'number')
const words = x.names.filter((name) => x.kind(name) === 'string')
const columns = new ColumnTransformer({
  transformers: [
    ['numbers', pipeline([new SimpleImputer(), new StandardScaler()]), numbers],
    ['words', new OneHotEncoder({ handleUnknown: 'ignore' }), words],
  ],
})
const model = pipeline([columns, new MLPClassifier({ hiddenLayerSizes: [128, 128], maxIter: 3, seed: 1 })])
await model.fit(x, table.labels('income'))
await model.save(join(folder, 'income.safetensors'))
await toOnnx(model, { path: join(folder, 'income.onnx') })
const body = JSON.stringify(x.row(0))

const servers = {
  perceptra: {
    path: '/models/income/predict?probabilities',
    start: (port) => [
      process.execPath,
      join(root, 'bin/perceptra.mjs'),
      'serve',
      join(folder, 'income.safetensors'),
      '--port',
      port,
    ],
  },
  // It runs in its rounds alone, since it needs both cores.
  'perceptra, while a model retrains': {
    path: '/models/income/predict?probabilities',
    isApart: true,
    start: (port) => [process.execPath, here('retrain.mjs'), join(folder, 'income.safetensors'), csv, port],
  },
  ...(values.fastify && {
    'bare Fastify route': {
      path: '/predict',
      start: (port) => [process.execPath, here('fastify.mjs'), pathToFileURL(values.fastify).href, port],
    },
  }),
  ...(values.python && {
    'FastAPI, onnxruntime': {
      path: '/predict',
      start: (port) => [values.python, here('serve.py'), 'onnx', join(folder, 'income.onnx'), port],
    },
    'FastAPI, scikit-learn': {
      path: '/predict',
      start: (port) => [values.python, here('serve.py'), 'sklearn', csv, port],
    },
  }),
}

const results = Object.fromEntries(Object.keys(servers).map((name) => [name, []]))
const running = []
let trainings = 0
let port = 18_400
try {
  for (const [name, server] of Object.entries(servers)) {
    server.port = `${port++}`
    if (!server.isApart) await start(name, server)
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, server] of Object.entries(servers)) {
      const child = server.isApart ? await start(name, server) : undefined
      const args = [here('load.mjs'), server.port, server.path, values.connections, values.seconds, body]
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      results[name].push(JSON.parse(stdout))
      if (!child) continue
      trainings += Number(await (await fetch(`http://127.0.0.1:${server.port}/trainings`)).text())
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
} finally {
  for (const child of running) child.kill('SIGKILL')
}

const rows = Object.entries(results).map(([name, list]) => {
  const of = (key) => median(list.map((result) => result[key]))
  return { name, perSecond: Math.round(of('perSecond')), p50: of('p50'), p99: of('p99'), failed: of('failed') }
})
for (const { name, perSecond, p50, p99, failed } of rows) {
  const times = (rows[0].perSecond / perSecond).toFixed(2)
  console.log(
    `${name}: ${perSecond} requests/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${failed} failed; perceptra has ${times} x`,
  )
}
console.log(`models trained meanwhile: ${trainings}`)
if (values.json)
  writeJson(values.json, {
    machine: describeMachine({ perceptra: { native: undefined } }),
    connections: Number(values.connections),
    trainings,
    rows,
  })

async function start(name, server) {
  const [command, ...args] = server.start(server.port)
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  running.push(child)
  await listening(name, server.port)
  return child
}

async function listening(name, at) {
  for (let i = 0; i < 1800; i++) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(Number(at), '127.0.0.1')
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${name} does not listen.`)
}

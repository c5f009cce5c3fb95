import { createServer } from 'node:http'
import { Server } from 'node:net'
import { basename, extname } from 'node:path'
import { parseArgs } from 'node:util'

/** How long idle connections stay open at the end, so that a request on its way is answered. */
const graceMs = 500

const usage = `npx perceptra serve FILE... [options]
Serves saved models over HTTP. A model has the name of its file without the ending, or NAME in NAME=FILE.

  --port N           8080 by default; 0 takes a free one
  --host ADDRESS     127.0.0.1 by default; 0.0.0.0 is all addresses
  --watch            load files again when they change
  --max-batch N      most rows of different requests in one batch
  --max-delay-ms N   longest wait of a row for others
  --max-queue N      most rows that wait
  --timeout-ms N     longest time of a request
  --metrics          answer GET /metrics for Prometheus (needs the package prom-client)
  --log              print a line of JSON for each request
  --help             this

The environment variable PERCEPTRA_API_KEYS has keys, separated by commas, one of which requests must have.

Example: npx perceptra serve income.safetensors --port 8080 --watch`

const flags = {
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  'max-batch': { type: 'string' },
  'max-delay-ms': { type: 'string' },
  'max-queue': { type: 'string' },
  'timeout-ms': { type: 'string' },
  ...Object.fromEntries(['watch', 'metrics', 'log', 'help'].map((name) => [name, { type: 'boolean', default: false }])),
}

/** Serves until a signal ends it; resolves to the exit code. */
export async function run(args) {
  let read
  try {
    read = parseArgs({ args, options: flags, allowPositionals: true })
    const { port } = read.values
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535)
      throw new Error(`Expected 0 to 65535 for --port, but got ${port}.`)
    if (read.positionals.length === 0 && !read.values.help) throw new Error('Expected one or more files of models.')
  } catch (error) {
    console.error(`perceptra serve: ${error.message}\n\n${usage}`)
    return 2
  }
  const { values, positionals } = read
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { ModelServer, nodeListener } = await import('../dist/serving.js')
  try {
    const models = new ModelServer({ ...optionsOf(values), models: namedFiles(positionals) })
    await models.ready()
    return await serve(models, nodeListener(models), values)
  } catch (error) {
    console.error(`perceptra serve: ${error.message}`)
    return 1
  }
}

function optionsOf(values) {
  const number = (name) => (values[name] === undefined ? undefined : Number(values[name]))
  const keys = (process.env.PERCEPTRA_API_KEYS ?? '').split(',').filter((key) => key !== '')
  return {
    watch: values.watch,
    metrics: values.metrics,
    maxBatch: number('max-batch'),
    maxDelayMs: number('max-delay-ms'),
    maxQueue: number('max-queue'),
    timeoutMs: number('timeout-ms'),
    apiKeys: keys.length > 0 ? keys : undefined,
    onEvent: ({ error, ...event }) => print({ ...event, ...(error && { error: `${error.message ?? error}` }) }),
  }
}

function namedFiles(paths) {
  const named = paths.map((path) => {
    const [, name, file] = /^([\w.-]+)=(.+)$/.exec(path) ?? [undefined, basename(path, extname(path)), path]
    return [name, file]
  })
  const models = Object.fromEntries(named)
  if (Object.keys(models).length === named.length) return models
  throw new Error('Two files have the same name. Name them: NAME=FILE.')
}

async function serve(models, answer, { port, host, log }) {
  let isEnding = false
  const server = createServer((request, response) => {
    // Clients that keep their connection leave it, so that the server can end.
    if (isEnding) response.shouldKeepAlive = false
    if (log) logAnswer(request, response)
    void answer(request, response)
  })
  const ended = new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('close', resolve)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      // The second signal does not wait for answers.
      if (isEnding) process.exit(130)
      isEnding = true
      // http's own close ends idle connections at once, just when a client may send on them.
      Server.prototype.close.call(server)
      setTimeout(() => server.closeIdleConnections(), graceMs)
    })
  }
  server.listen(Number(port), host, () => {
    const { port: taken } = server.address()
    console.log(`perceptra serves ${models.names.join(', ')} at http://${host}:${taken}`)
  })
  await ended
  await models.close()
  return 0
}

function logAnswer({ method, url }, response) {
  const start = performance.now()
  response.once('finish', () => {
    const ms = Math.round((performance.now() - start) * 1000) / 1000
    print({ method, url, status: response.statusCode, ms })
  })
}

function print(line) {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }))
}

// A server in a process of its own, under more than it can take.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { layers, Sequential } from '../../../lib/index.js'
import { compiled } from '../../native/programs/run.js'
import { incomeModel } from './models.js'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

type Saved = { save(path: string): Promise<void> }

async function serve(model: Saved, ...args: string[]): Promise<number> {
  const path = join(mkdtempSync(join(tmpdir(), 'serving-')), 'model.safetensors')
  await model.save(path)
  const server = spawn(process.execPath, [compiled('perceptra'), 'serve', path, '--port', '0', ...args], {
    stdio: 'pipe',
  })
  child = server
  return new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => resolve(Number(/:(\d+)\s*$/.exec(`${text}`)![1])))
    server.once('exit', () => reject(new Error('the server has ended')))
  })
}

/** Megabytes that the server has in memory; 0 where the system does not tell. */
function memory(): number {
  if (process.platform !== 'linux') return 0
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child!.pid}/status`, 'utf8'))![1]) / 1024
}

function post(
  agent: Agent,
  port: number,
  body: string,
): Promise<{ status: number; retryAfter: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ agent, port, method: 'POST', path: '/models/model/predict' }, (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      const { statusCode, headers } = response
      response.on('end', () => resolve({ status: statusCode!, retryAfter: headers['retry-after'], text }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

it('refuses with 503 what is more than the queue holds, answers the rest, and keeps its memory', async () => {
  const wide = [
    layers.dense({ units: 1500, inputShape: [64] }),
    layers.dense({ units: 1500 }),
    layers.dense({ units: 1 }),
  ]
  const model = new Sequential({ layers: wide, seed: 1 })
  // A row takes more than 0.2 ms, so that rows are queued; a queue of 16 rows is full at once with 128 clients.
  const port = await serve(model, '--max-queue', '16', '--max-batch', '8')
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  const row = Array.from({ length: 64 }, (_, i) => i / 64)
  const expected = model.predictSync(row)[0]!
  const body = JSON.stringify(row)
  const counts = new Map<number, number>()
  const flood = async (requests: number) => {
    let left = requests
    const client = async () => {
      while (left-- > 0) {
        const { status, retryAfter, text } = await post(agent, port, body)
        counts.set(status, (counts.get(status) ?? 0) + 1)
        if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0)
        else expect(JSON.parse(text).prediction[0]).toBeCloseTo(expected, 4)
      }
    }
    await Promise.all(Array.from({ length: 128 }, client))
  }
  await flood(3000)
  const before = memory()
  await flood(6000)
  expect([...counts.keys()].sort()).toEqual([200, 503])
  expect(counts.get(200)! + counts.get(503)!).toBe(9000)
  expect(memory() - before).toBeLessThan(40)
  agent.destroy()
}, 90_000)

/**
 * Requests that a client may get wrong, with the status that each is answered with. Those to a wrong path have no body: the server would
 * close the connection, since it does not read it.
 */
const malformed: readonly (readonly [status: number, line: string, body: string, headers?: string])[] = [
  [400, 'POST /models/model/predict', ''],
  [400, 'POST /models/model/predict', '{'],
  [400, 'POST /models/model/predict', 'null'],
  [400, 'POST /models/model/predict', '"row"'],
  [400, 'POST /models/model/predict', '[]'],
  [400, 'POST /models/model/predict', '[[]]'],
  [400, 'POST /models/model/predict', '[{}]'],
  [400, 'POST /models/model/predict', '{"age":"old","job":"cook"}'],
  [400, 'POST /models/model/predict', '{"age":1e999,"job":"cook"}'],
  [400, 'POST /models/model/predict', '{"age":{},"job":"cook"}'],
  [400, 'POST /models/model/predict', '{"__proto__":1,"age":1,"job":"cook"}'],
  [400, 'POST /models/model/predict', '\u00ff\u00fe{"age":1}'],
  [400, 'POST /models/model/predict?probabilities=perhaps', '{"age":1,"job":"cook"}'],
  [404, 'POST /models/%2e%2e/predict', ''],
  [404, 'POST /models/model/versions/9/predict', ''],
  [404, 'GET /../../etc/passwd', ''],
  [405, 'DELETE /models/model/predict', ''],
  [400, 'POST /v2/models/model/infer', '{"inputs":[]}'],
  [400, 'POST /v2/models/model/infer', '{"inputs":[{"name":"age","datatype":"FP32","shape":[1e9],"data":[1]}]}'],
  [400, 'POST /v2/models/model/infer', '{"inputs":[{"name":"age","datatype":"FP99","shape":[1],"data":[1]}]}'],
  [400, 'POST /v2/models/model/infer', '{"inputs":[{"name":"age","datatype":"FP32","shape":[-1],"data":[1]}]}'],
  [400, 'POST /v2/models/model/infer', '{"inputs":[{"name":"age","datatype":"FP32","shape":[1],"data":"x"}]}'],
  [400, 'POST /v2/models/model/infer', '{}', 'Inference-Header-Content-Length: 99999\r\n'],
  [400, 'POST /v2/models/model/infer', '{}', 'Inference-Header-Content-Length: -1\r\n'],
  [404, 'POST /v2/models/nothing/infer', ''],
]

it('answers 100,000 malformed requests with 4xx, and keeps its memory', async () => {
  const port = await serve(await incomeModel())
  const bytes = malformed.map(([, line, body, headers = '']) => {
    const content = Buffer.from(body, 'latin1')
    return Buffer.concat([
      Buffer.from(`${line} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${content.length}\r\n\r\n`),
      content,
    ])
  })
  const all = Buffer.concat(bytes)
  const wanted = malformed.map(([status]) => status)
  /** Sends all of them `times` times over one connection, some at a time, and compares the statuses in order. */
  const flood = (times: number) =>
    new Promise<number>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let rest = ''
      let seen = 0
      let sent = 0
      const send = () => {
        sent++
        socket.write(all)
      }
      socket.on('connect', () => [send(), send()])
      socket.on('error', reject)
      socket.on('close', () =>
        seen === times * wanted.length ? resolve(seen) : reject(new Error(`closed after ${seen}`)),
      )
      socket.on('data', (part) => {
        rest += part.toString('latin1')
        const statuses = [...rest.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
        for (const [, status] of statuses) {
          const expected = wanted[seen % wanted.length]
          if (Number(status) !== expected)
            reject(new Error(`${status}, not ${expected}, for ${malformed[seen % wanted.length]!.join(' ')}`))
          seen++
          if (seen % wanted.length === 0 && sent < times) send()
        }
        // A status line may be cut between two parts.
        const last = statuses.at(-1)
        rest = last ? rest.slice(last.index + last[0].length).slice(-20) : rest.slice(-20)
        if (seen === times * wanted.length) socket.end()
      })
    })
  const times = 1000
  await Promise.all([flood(times / 4), flood(times / 4)])
  const before = memory()
  let total = 0
  for (let round = 0; round < 4; round++)
    total += (await Promise.all([flood(times / 2), flood(times / 2)])).reduce((a, b) => a + b)
  expect(total).toBe(100_000)
  expect(memory() - before).toBeLessThan(40)
  const agent = new Agent()
  expect((await post(agent, port, '{"age":50,"job":"cook"}')).status).toBe(200)
  agent.destroy()
}, 120_000)

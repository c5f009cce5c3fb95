import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { root } from '../../support/markdown.js'
import { network } from './models.js'

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

function run(...args: string[]) {
  const server = spawn(process.execPath, [join(root, 'bin/perceptra.mjs'), 'serve', ...args], { stdio: 'pipe' })
  child = server
  const output = { out: '', err: '' }
  server.stdout.on('data', (text) => {
    output.out += text
  })
  server.stderr.on('data', (text) => {
    output.err += text
  })
  return { server, output }
}

async function saved(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'serving-')), 'net.safetensors')
  await network().save(path)
  return path
}

async function start(...args: string[]) {
  const { server, output } = run(await saved(), '--port', '0', ...args)
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', () => {
      const found = /http:\S+/.exec(output.out)?.[0]
      if (found) resolve(found)
    })
    server.once('exit', () => reject(new Error(output.err)))
  })
  return { server, output, url }
}

it('serves a file, logs requests, and ends at SIGTERM when all requests are answered', async () => {
  const { server, output, url } = await start('--log')
  let failed = 0
  let answered = 0
  let isOpen = true
  const clients = Array.from({ length: 4 }, async () => {
    while (isOpen) {
      try {
        const response = await fetch(`${url}/models/net/predict`, { method: 'POST', body: '[1, 2]' })
        if (response.status === 200) answered++
        else failed++
        await response.text()
      } catch (error) {
        // No new connection is taken once the server ends.
        const { code } = (error as { cause: { code: string } }).cause
        if (code !== 'ECONNREFUSED') failed++
        return
      }
    }
  })
  while (answered < 50) await new Promise((resolve) => setTimeout(resolve, 5))
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  isOpen = false
  await Promise.all(clients)
  expect([code, failed, output.err]).toEqual([0, 0, ''])
  expect(JSON.parse(output.out.split('\n')[1]!)).toMatchObject({ method: 'POST', status: 200 })
})

it('serves gRPC beside HTTP, and ends both', async () => {
  const { server, output } = await start('--grpc-port', '0')
  const address = / by gRPC at (\S+)/.exec(output.out)![1]!
  const client = new Client(address, credentials.createInsecure())
  const bytes = (message: Buffer) => message
  const ask = () =>
    new Promise<Buffer>((resolve, reject) => {
      const path = '/inference.GRPCInferenceService/ServerReady'
      client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error, answer) =>
        error ? reject(error) : resolve(answer!),
      )
    })
  // ServerReadyResponse: the first field is true.
  expect([...(await ask())]).toEqual([8, 1])
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  expect([code, output.err]).toEqual([0, ''])
  client.close()
})

it('answers at the end what has come by gRPC, whatever streams are open', async () => {
  const { server, output } = await start('--grpc-port', '0', '--timeout-ms', '1000')
  const address = / by gRPC at (\S+)/.exec(output.out)![1]!
  const recorded = JSON.parse(readFileSync(new URL('fixtures/grpc-requests.json', import.meta.url), 'utf8'))
  const request = Buffer.from(recorded['raw FP32'], 'base64')
  const path = '/inference.GRPCInferenceService/ModelInfer'
  const bytes = (message: Buffer) => message
  const ask = (client: Client) =>
    new Promise<string>((resolve) => {
      client.makeUnaryRequest(path, bytes, bytes, request, (error) => resolve(error ? error.details : 'OK'))
    })
  const session = connectHttp2(`http://${address}`).on('error', () => {})
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
  const stream = session.request(headers).on('error', () => {})
  // A message of 100 bytes, of which two come.
  stream.write(Buffer.from([0, 0, 0, 0, 100, 10, 3]))
  let answered = 0
  const ends = Array.from({ length: 4 }, async () => {
    const client = new Client(address, credentials.createInsecure())
    let details = 'OK'
    while (details === 'OK') {
      details = await ask(client)
      if (details === 'OK') answered++
    }
    client.close()
    return details
  })
  while (answered < 50) await new Promise((resolve) => setTimeout(resolve, 5))
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  expect([code, output.err]).toEqual([0, ''])
  // The last call of each found no server; none lost its connection.
  for (const details of await Promise.all(ends)) expect(details).toContain('ECONNREFUSED')
  session.destroy()
})

it('ends where the port is taken, with gRPC too', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { server, output } = run(await saved(), '--port', `${port}`, '--grpc-port', '0')
  const [code] = await once(server, 'exit')
  expect([code, output.err]).toEqual([1, expect.stringContaining(`Another program listens at 127.0.0.1:${port}.`)])
  taken.close()
})

it('leaves a client that sends its request slowly after --timeout-ms, and answers others', async () => {
  const { server, output, url } = await start('--timeout-ms', '1500')
  const slow = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  slow.on('data', (part) => {
    answer += part
  })
  const body = '[1, 2]'
  slow.write(`POST /models/net/predict HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n[1`)
  const ended = once(slow, 'close')
  expect((await fetch(`${url}/models/net/predict`, { method: 'POST', body })).status).toBe(200)
  await ended
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  expect([code, output.err]).toEqual([0, ''])
}, 20_000)

it('says at the end that it is not ready, to connections that are kept', async () => {
  const { server, url } = await start()
  const kept = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  let isEnding = false
  while (!/connection: close/i.test(answer)) {
    kept.write('GET /v2/health/ready HTTP/1.1\r\nHost: x\r\n\r\n')
    answer = String((await once(kept, 'data'))[0])
    if (!isEnding) isEnding = server.kill('SIGTERM')
  }
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect((await once(server, 'exit'))[0]).toBe(0)
})

it('takes keys from the environment', async () => {
  process.env.PERCEPTRA_API_KEYS = 'a,b'
  const { url } = await start().finally(() => delete process.env.PERCEPTRA_API_KEYS)
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}/models/net/predict`, { method: 'POST', body: '[1, 2]', headers })
  expect((await ask({})).status).toBe(401)
  expect((await ask({ authorization: 'Bearer b' })).status).toBe(200)
})

it.each([
  [[], 2, /missing required argument 'files'/],
  [
    ['a.safetensors', '--port', 'x'],
    2,
    /'--port <number>' argument 'x' is invalid\. Expected a whole number from 0 to 65535/,
  ],
  [['a.safetensors', '--prot', '1'], 2, /unknown option '--prot'\n\(Did you mean --port\?\)/],
  [['/nowhere/a.safetensors'], 1, /there is no such file/],
  [['a.safetensors', 'b/a.safetensors'], 2, /same name/],
])('%j ends with %i', async (args, code, message) => {
  const { server, output } = run(...args)
  const [exitCode] = await once(server, 'exit')
  expect(exitCode).toBe(code)
  expect(output.err).toMatch(message)
})

import { readFileSync } from 'node:fs'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelServer, serveGrpc } from '../../../lib/serving/index.js'
import { incomeModel, network } from './models.js'

/** What KServe's clients sent: scripts/fixtures/check-kserve.py. */
const recorded = JSON.parse(readFileSync(new URL('fixtures/kserve-requests.json', import.meta.url), 'utf8')) as {
  rest: Record<string, { model: string; length: number | null; body: string }>
  grpc: Record<string, string>
}
const net = network()
const output = [...net.predictSync([1, 2]), ...net.predictSync([3, 4])]

let models: ModelServer
beforeAll(async () => {
  models = new ModelServer({ models: { income: await incomeModel(), net } })
  await models.ready()
})

it.each(Object.entries(recorded.rest))("answers a request of KServe's REST client: %s", async (name, sent) => {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (sent.length !== null) {
    headers['content-type'] = 'application/octet-stream'
    headers['inference-header-content-length'] = `${sent.length}`
  }
  const body = new Uint8Array(Buffer.from(sent.body, 'base64'))
  const request = new Request(`http://x/v2/models/${sent.model}/infer`, { method: 'POST', headers, body })
  const response = await models.handle(request)
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length)
  const answer = JSON.parse(bytes.subarray(0, length).toString())
  if (sent.model === 'income') {
    expect(answer).toMatchObject({
      id: '8',
      model_name: 'income',
      outputs: [{ name: 'label', data: ['poor', 'rich'] }, {}],
    })
    return
  }
  expect(answer).toMatchObject({
    id: '7',
    model_name: 'net',
    outputs: [{ name: 'output', datatype: 'FP32', shape: [2, 3] }],
  })
  const binary = bytes.subarray(length)
  expect(binary.length).toBe(name === 'net, binary' ? 24 : 0)
  const numbers = binary.length > 0 ? [...new Float32Array(new Uint8Array(binary).buffer)] : answer.outputs[0].data
  expect(numbers).toEqual(output)
})

it('answers errors with the one content type of which KServe reads the message', async () => {
  const response = await models.handle(new Request('http://x/v2/models/nothing'))
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json'])
})

describe('the gRPC client', () => {
  let server: Awaited<ReturnType<typeof serveGrpc>>
  let client: Client
  beforeAll(async () => {
    server = await serveGrpc(models, { port: 0 })
    client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
  })
  afterAll(async () => {
    client.close()
    await server.close()
  })

  it.each(Object.entries(recorded.grpc))('is answered: %s', async (name, sent) => {
    const same = (bytes: Buffer) => bytes
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        '/inference.GRPCInferenceService/ModelInfer',
        same,
        same,
        Buffer.from(sent, 'base64'),
        (error, bytes) => (error ? reject(error) : resolve(bytes!)),
      )
    })
    if (name.startsWith('income')) {
      expect(answer.includes('poor') && answer.includes('rich')).toBe(true)
      return
    }
    // Six numbers, one after the other, whether as bytes or as packed numbers.
    expect(answer.includes(Buffer.from(Float32Array.from(output).buffer))).toBe(true)
  })
})

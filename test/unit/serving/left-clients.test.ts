import { once } from 'node:events'
import { type ClientRequest, createServer, request as httpRequest, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fastifyPlugin, ModelServer, nodeListener } from '../../../lib/serving/index.js'
import { SlowModel, servable } from './models.js'

interface App {
  register(plugin: typeof fastifyPlugin, options: object): Promise<void>
  ready(): Promise<void>
  listen(options: object): Promise<string>
  readonly server: Server
  close(): Promise<void>
}

const require = createRequire(new URL('../../../examples/serving/package.json', import.meta.url))
const fastify = require('fastify') as (options: object) => App

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Servers over the same models: each tells its port. */
const servers: Record<string, (models: ModelServer) => Promise<number>> = {
  nodeListener: async (models) => {
    const server = createServer(nodeListener(models)).listen(0, '127.0.0.1')
    ends.push(
      () => server.closeAllConnections(),
      () => server.close(),
    )
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },
  fastifyPlugin: async (models) => {
    const app = fastify({ forceCloseConnections: true })
    await app.register(fastifyPlugin, { models })
    await app.listen({ port: 0, host: '127.0.0.1' })
    ends.push(() => app.close())
    return (app.server.address() as AddressInfo).port
  },
}

/** A model that has shown to be slow, so that its rows wait for others. */
async function slowModels(model: SlowModel) {
  const models = new ModelServer({ models: { slow: servable(model) }, maxDelayMs: 10_000 })
  await models.ready()
  for (let i = 0; i < 4; i++) await models.predict('slow', ['warm'])
  model.batches = []
  return models
}

function post(port: number, body: unknown): ClientRequest {
  const request = httpRequest({ port, host: '127.0.0.1', path: '/models/slow/predict', method: 'POST' })
  request.on('error', () => {})
  request.setHeader('content-type', 'application/json')
  request.end(JSON.stringify(body))
  return request
}

const answered = async (request: ClientRequest) => {
  const [response] = await once(request, 'response')
  response.resume()
  return response.statusCode
}

describe.each(Object.entries(servers))('%s', (_, listen) => {
  it('does not compute a waiting row whose client has left', async () => {
    const model = new SlowModel()
    const models = await slowModels(model)
    const port = await listen(models)
    // Rows wait while a batch is computed.
    model.hold()
    const running = answered(post(port, ['first']))
    await vi.waitFor(() => expect(model.batches).toHaveLength(1))
    const [left, stayed] = [post(port, ['left']), post(port, ['stayed'])]
    const answer = answered(stayed)
    await vi.waitFor(() => expect(models.batcher('slow').pending).toBe(3))
    left.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    model.release()
    expect([await running, await answer]).toEqual([200, 200])
    expect(model.batches.flat()).toEqual([['first'], ['stayed']])
  })

  it('aborts the signal of rows that are being computed', async () => {
    let reason: unknown
    class Endless extends SlowModel {
      override async predict(rows: unknown[], { signal }: { signal?: AbortSignal } = {}): Promise<unknown[]> {
        if (signal && rows.length === 2) {
          this.batches.push(rows)
          await once(signal, 'abort')
          reason = signal.reason
          throw reason
        }
        return rows
      }
    }
    const model = new Endless()
    const models = await slowModels(model)
    const port = await listen(models)
    const rows = post(port, [['a'], ['b']])
    await vi.waitFor(() => expect(model.batches).toHaveLength(1))
    rows.destroy()
    await vi.waitFor(() => expect(reason).toMatchObject({ status: 499, message: 'The client left.' }))
  })

  it('does not compute a row whose client left before it was whole', async () => {
    const events: unknown[] = []
    const model = new SlowModel()
    const models = new ModelServer({ models: { slow: servable(model) }, onEvent: (event) => events.push(event) })
    const port = await listen(models)
    const request = httpRequest({ port, host: '127.0.0.1', path: '/models/slow/predict', method: 'POST' })
    request.on('error', () => {})
    request.setHeader('content-type', 'application/json')
    request.setHeader('content-length', '100')
    request.write('["half')
    await new Promise((resolve) => setTimeout(resolve, 50))
    request.destroy()
    expect(await answered(post(port, ['whole']))).toBe(200)
    expect(events.filter((event) => (event as { type: string }).type === 'error')).toEqual([])
  })
})

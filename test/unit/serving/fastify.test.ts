import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import { type FastifyLike, fastifyPlugin, ModelServer } from '../../../lib/serving/index.js'
import { Metrics } from '../../../lib/serving/metrics.js'
import { incomeModel, network, people } from './models.js'

interface Reply {
  statusCode: number
  headers: Record<string, string>
  json(): { errors: { column: string }[] }
}

/** What the tests call of Fastify; the program in docs/serving.md is compiled with its own types. */
interface FastifyInstance extends FastifyLike {
  register(plugin: typeof fastifyPlugin, options: object): Promise<void>
  post(path: string, handler: (request: { body: unknown }) => Promise<unknown>): void
  inject(request: string | { method: string; url: string; payload: object | string }): Promise<Reply>
  close(): Promise<void>
}

const require = createRequire(new URL('../../../examples/serving/package.json', import.meta.url))
const fastify = require('fastify') as () => FastifyInstance

describe('fastifyPlugin', () => {
  let models: ModelServer
  let app: FastifyInstance

  beforeAll(async () => {
    models = new ModelServer({ models: { income: await incomeModel(), net: network() }, maxBodyBytes: 1000 })
    app = fastify()
    await app.register(fastifyPlugin, { models, prefix: '/ml' })
    app.post('/echo', async ({ body }) => body)
    return () => app.close()
  })

  it('answers the routes below its prefix', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/ml/models/income/predict?probabilities',
      payload: people[0]!,
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      prediction: 'poor',
      model: 'income',
      probabilities: { poor: expect.any(Number) },
    })
    expect((await app.inject('/ml/v2/health/ready')).json()).toEqual({ ready: true })
    expect((await app.inject('/ml/')).headers['content-type']).toMatch('text/html')
  })

  it('gives its own errors, and leaves other routes of the app alone', async () => {
    const wrong = await app.inject({ method: 'POST', url: '/ml/models/income/predict', payload: { age: 1 } })
    expect([wrong.statusCode, wrong.json().errors[0]!.column]).toEqual([400, 'job'])
    expect((await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } })).json()).toEqual({ a: 1 })
  })

  it('refuses a body above maxBodyBytes', async () => {
    const payload = 'x'.repeat(2000)
    const { statusCode } = await app.inject({ method: 'POST', url: '/ml/models/income/predict', payload })
    expect(statusCode).toBe(413)
  })

  it('closing the app closes the models', async () => {
    const own = new ModelServer({ models: { net: network() } })
    const other = fastify()
    await other.register(fastifyPlugin, { models: own })
    await other.close()
    expect(own.isReady).toBe(false)
  })
})

it('metrics are those that prom-client writes', async () => {
  const ranges = { missing: 0, unknown: 4, below: 1, above: 2 }
  const drift = { column: 'age', kind: 'number' as const, psi: 0.25, chance: 0.01, isDrifted: true, ...ranges }
  const columns = [drift]
  const metrics = new Metrics(
    require('prom-client'),
    () => [['income', 3]],
    () => [['income', { rows: 9, warnings: [], columns }]],
  )
  metrics.answered('income', 200, 1.5)
  metrics.answered('', 404, 1)
  metrics.predicted('income', '2', 5)
  metrics.batched('income', 5)
  const { body, type } = await metrics.text()
  expect(body).toContain('perceptra_drift_psi{model="income",column="age"} 0.25')
  expect(body).toContain('perceptra_drift_unknown_rows{model="income",column="age"} 4')
  expect(body).toContain('perceptra_drift_out_of_range_rows{model="income",column="age"} 3')
  expect(type).toMatch('text/plain')
  columns.pop()
  expect((await metrics.text()).body).not.toContain('column="age"')
  for (const line of [
    'perceptra_requests_total{model="income",status="200"} 1',
    'perceptra_requests_total{model="",status="404"} 1',
    'perceptra_request_seconds_bucket{le="0.001",model="income"} 0',
    'perceptra_request_seconds_bucket{le="0.0025",model="income"} 1',
    'perceptra_rows_total{model="income",version="2"} 5',
    'perceptra_batch_rows_count{model="income"} 1',
    'perceptra_queue_rows{model="income"} 3',
  ]) {
    expect(body).toContain(line)
  }
})

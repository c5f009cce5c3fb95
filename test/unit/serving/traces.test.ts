import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { grpcService, ModelServer } from '../../../lib/serving/index.js'
import { network, SlowModel, servable } from './models.js'

const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
beforeEach(() => exporter.reset())
afterAll(() => {
  trace.disable()
  propagation.disable()
})

const slow = new SlowModel()
const fault = () => {
  throw new Error('broken')
}
const broken = servable({ predict: async () => [], predictSync: fault })
const models = new ModelServer({ models: { net: network(), slow: servable(slow), broken }, onEvent: () => {} })

const post = (path: string, body: unknown, headers = {}) =>
  models.handle(new Request(`http://host${path}`, { method: 'POST', body: JSON.stringify(body), headers }))

it('a request is one span, with its route, its model and its batch, and a part of the trace of its sender', async () => {
  await models.ready()
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const parent = 'b7ad6b7169203331'
  await post('/models/net/predict', [1, 2], { traceparent: `00-${traceId}-${parent}-01` })
  const [span, ...others] = exporter.getFinishedSpans()
  expect(others).toEqual([])
  expect([span!.name, span!.kind]).toEqual(['POST /models/{model}/predict', SpanKind.SERVER])
  expect([span!.spanContext().traceId, span!.parentSpanContext?.spanId]).toEqual([traceId, parent])
  expect(span!.attributes).toEqual({
    ...{ 'http.request.method': 'POST', 'http.route': '/models/{model}/predict', 'url.path': '/models/net/predict' },
    ...{ 'perceptra.model': 'net', 'perceptra.version': '1' },
    ...{ 'perceptra.batch.rows': 1, 'perceptra.queue.wait_ms': 0, 'http.response.status_code': 200 },
  })
})

it('rows of a batch have its size, and how long each of them waited', async () => {
  for (let i = 0; i < 4; i++) await post('/models/slow/predict', [1])
  slow.hold()
  exporter.reset()
  const answers = [1, 2, 3].map((row) => post('/models/slow/predict', [row]))
  await expect.poll(() => slow.batches.flat().length).toBe(3)
  slow.release()
  await Promise.all(answers)
  const spans = exporter.getFinishedSpans().map(({ attributes }) => attributes)
  expect(spans.map((attributes) => attributes['perceptra.model'])).toEqual(['slow', 'slow', 'slow'])
  const rows = slow.batches.flatMap((batch) => batch.map(() => batch.length))
  expect(spans.map((attributes) => attributes['perceptra.batch.rows'])).toEqual(rows)
  for (const attributes of spans) expect(attributes['perceptra.queue.wait_ms']).toBeGreaterThan(0)
})

it('faults of the server are errors of the span, wrong requests are not', async () => {
  await post('/models/net/predict', [1])
  await post('/models/broken/predict', [1])
  await post('/models/nothing/predict', [1])
  // A path that is not there has no route to name a span by.
  await post('/nothing', [1])
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ status, attributes }) => [attributes['http.response.status_code'], status.code])).toEqual([
    [400, SpanStatusCode.UNSET],
    [500, SpanStatusCode.ERROR],
    [404, SpanStatusCode.UNSET],
  ])
})

it('in the process a wrong row, an unknown model and an abort are no errors of the span, a fault is', async () => {
  const signal = AbortSignal.abort()
  await expect(models.predict('net', [1])).rejects.toThrow()
  await expect(models.predict('nothing', [1])).rejects.toThrow('There is no model')
  await expect(models.predict('net', [1, 2], { signal })).rejects.toThrow('abort')
  await expect(models.predict('broken', [1])).rejects.toThrow('broken')
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name, status }) => [name, status.code])).toEqual([
    ['predict net', SpanStatusCode.UNSET],
    ['predict nothing', SpanStatusCode.UNSET],
    ['predict net', SpanStatusCode.UNSET],
    ['predict broken', SpanStatusCode.ERROR],
  ])
})

it('calls in the process and by gRPC have spans too', async () => {
  await models.predict('net', [1, 2])
  const { handlers } = await grpcService(models)
  const call = { request: new Uint8Array(), metadata: { get: () => [] }, cancelled: false, on: () => {} }
  await new Promise((resolve) => handlers.ServerLive!(call, resolve))
  await expect.poll(() => exporter.getFinishedSpans().length).toBe(2)
  const [inProcess, grpc] = exporter.getFinishedSpans()
  expect([inProcess!.name, inProcess!.kind]).toEqual(['predict net', SpanKind.INTERNAL])
  expect(inProcess!.attributes).toMatchObject({ 'perceptra.model': 'net', 'perceptra.batch.rows': 1 })
  expect([grpc!.name, grpc!.kind]).toEqual(['inference.GRPCInferenceService/ServerLive', SpanKind.SERVER])
  expect(grpc!.attributes).toMatchObject({ 'rpc.system': 'grpc', 'rpc.grpc.status_code': 0 })
})

// A handler that answers rows with labels and reasons. Bad rows are a 400 that names the column, and drift is watched.
import { ArgumentError, DriftWatch, type TabularClassifier } from 'perceptra'

/** What the handler needs of a Fastify instance. */
interface App {
  post(path: string, options: object, handler: (request: { body: unknown }) => Promise<unknown>): unknown
  get(path: string, handler: () => Promise<unknown>): unknown
  setErrorHandler(handler: (error: Error, request: unknown, reply: Reply) => unknown): unknown
}

interface Reply {
  code(status: number): { send(body: unknown): unknown }
}

/** `app.register` takes it: `await addModel(fastify(), model)`. */
export function addModel<R extends object>(app: App, model: TabularClassifier<string, R>): void {
  const watch = new DriftWatch(model.schema)
  // The schema's toJSON() is a JSON Schema, so Fastify refuses wrong bodies and documents the route by itself.
  app.post('/predict', { schema: { body: { type: 'object' } } }, async ({ body }) => {
    const row = body as R
    const probabilities = model.predictProbaSync(row)
    watch.add(row)
    return { label: model.predictSync(row), probabilities }
  })
  app.post('/explain', {}, async ({ body }) => model.explain(body as R))
  app.get('/drift', async () => watch.report())
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ArgumentError)) return reply.code(500).send({ error: 'internal error' })
    return reply.code(400).send({ error: error.message, code: error.code, column: error.column })
  })
}

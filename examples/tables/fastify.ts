// A handler that answers rows with labels and reasons. Bad rows are a 400 that names the column, and drift is watched.
import { ArgumentError, DriftWatch, type RowOf, type TabularClassifier } from 'perceptra'

/** What the handler needs of a Fastify instance. */
interface App {
  post(path: string, options: object, handler: (request: { body: unknown }) => Promise<unknown>): unknown
  get(path: string, handler: () => Promise<unknown>): unknown
  setErrorHandler(handler: (error: Error & { statusCode?: number }, request: unknown, reply: Reply) => unknown): unknown
}

interface Reply {
  code(status: number): { send(body: unknown): unknown }
}

/** `app.register` takes it: `await addModel(fastify(), model)`. */
export function addModel<R extends object>(app: App, model: TabularClassifier<string, R>): void {
  const watch = new DriftWatch(model.schema)
  const options = {
    // A JSON Schema, which documents the routes. The model's own check says more than a general one, and changes no value.
    schema: { body: model.schema.toJSON() },
    validatorCompiler: () => (row: RowOf<R>) => {
      try {
        model.schema.check(row)
        return { value: row }
      } catch (error) {
        return { error }
      }
    },
  }
  app.post('/predict', options, async ({ body }) => {
    const row = body as R
    const probabilities = model.predictProbaSync(row)
    watch.add(row)
    return { label: model.predictSync(row), probabilities }
  })
  // Explaining costs thousands of predictions: fewer evaluations bound the work that one request can ask for.
  app.post('/explain', options, async ({ body }) => model.explain(body as R, { maxEvaluations: 2000 }))
  app.get('/drift', async () => watch.report())
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ArgumentError) {
      return reply.code(400).send({ error: error.message, code: error.code, column: error.column })
    }
    // Fastify's own refusals, such as JSON that does not parse.
    const { statusCode = 500, message } = error
    if (statusCode >= 400 && statusCode < 500) return reply.code(statusCode).send({ error: message })
    return reply.code(500).send({ error: 'internal error' })
  })
}

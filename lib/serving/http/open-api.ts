import type { Host } from '../host.js'
import type { ModelFacts, Servable } from '../servable.js'
import { wordColumns } from '../word-columns.js'
import { type Answer, json } from './call.js'
import { paths as served } from './paths.js'

/** GET /openapi.json: OpenAPI 3.1 of every path, with the rows that each model takes. */
export async function openApi(host: Host): Promise<Answer> {
  const rows = await Promise.all(
    host.names.map(async (name) => [name, rowSchema(await host.find(name, undefined))] as const),
  )
  const { apiKeys } = host.settings
  return json({
    openapi: '3.1.0',
    info: { title: 'Models served by perceptra', version: '1' },
    paths: { ...generalPaths(), ...Object.fromEntries(rows.map(([name, row]) => predictPath(name, row))) },
    components: {
      schemas: { Error: errorSchema },
      ...(apiKeys && { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } }),
    },
    ...(apiKeys && { security: [{ key: [] }] }),
  })
}

function generalPaths(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, path } of Object.values(served)) {
    const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!)
    const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
    const operation = { ...(names.length > 0 && { parameters }), responses: { 200: { description: 'The answer' } } }
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  return paths
}

function predictPath(name: string, row: object): [string, object] {
  const content = (schema: object) => ({ 'application/json': { schema } })
  const error = { description: 'What is wrong', content: content({ $ref: '#/components/schemas/Error' }) }
  return [
    `/models/${name}/predict`,
    {
      post: {
        summary: `Predicts a row, or a list of rows, with ${name}`,
        parameters: [{ name: 'probabilities', in: 'query', schema: { type: 'boolean' } }],
        requestBody: { required: true, content: content({ oneOf: [row, { type: 'array', items: row, minItems: 1 }] }) },
        responses: {
          200: { description: 'The predictions', content: content(answerSchema) },
          ...{ 400: error, 401: error, 413: error, 503: error, 504: error },
        },
      },
    },
  ]
}

/** The JSON Schema of a row. */
export function rowSchema({ model, columns, inputs }: Servable): object {
  const { schema } = model as ModelFacts
  if (schema) return schema.toJSON()
  if (!columns) {
    const count = inputs === undefined ? {} : { minItems: inputs, maxItems: inputs }
    return { type: 'array', items: { type: 'number' }, ...count }
  }
  const words = wordColumns(model)
  const kinds = columns.map((name) => [name, { type: [words.has(name) ? 'string' : 'number', 'null'] }])
  return { type: 'object', required: columns, properties: Object.fromEntries(kinds) }
}

const answerSchema = {
  type: 'object',
  properties: {
    ...{ prediction: {}, predictions: { type: 'array' } },
    probabilities: { description: 'By class' },
    ...{ model: { type: 'string' }, version: { type: 'string' } },
  },
}

const errorSchema = {
  type: 'object',
  required: ['error', 'code'],
  properties: {
    ...{ error: { type: 'string' }, code: { type: 'string' } },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { row: { type: 'integer' }, column: { type: ['string', 'integer'] }, message: { type: 'string' } },
      },
    },
  },
}

import type { ServerResponse } from 'node:http'
import { ConnectionClient } from './client.js'
import type { Call } from './http/call.js'
import { paths } from './http/paths.js'
import { respond } from './http/respond.js'
import type { ModelServer } from './model-server.js'

/** What the plugin reads of a Fastify request. */
interface FastifyRequestLike {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: unknown
}

/** What the plugin calls of a Fastify reply. */
interface FastifyReplyLike {
  readonly raw: ServerResponse
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body: unknown): unknown
}

/** What the plugin calls of a Fastify instance; Fastify itself is not needed. */
export interface FastifyLike {
  readonly prefix: string
  removeAllContentTypeParsers(): void
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's own types of parsers and handlers are many.
  addContentTypeParser(type: string, options: { parseAs: 'buffer' }, parser: (...args: any[]) => unknown): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  addHook(name: any, hook: any): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  route(options: any): unknown
}

/** Options of `fastifyPlugin`. */
export interface FastifyPluginOptions {
  models: ModelServer
  /** The path before all routes, as Fastify's register takes it. */
  prefix?: string | undefined
}

/**
 * A plugin of Fastify with the routes of a ModelServer: `app.register(fastifyPlugin, { models })`. Logs, limits and hooks are
 * Fastify's; closing the app closes the models.
 */
export async function fastifyPlugin(app: FastifyLike, { models }: FastifyPluginOptions): Promise<void> {
  // Bodies stay bytes: the protocol's binary tensors follow JSON.
  app.removeAllContentTypeParsers()
  const keep = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body)
  app.addContentTypeParser('*', { parseAs: 'buffer' }, keep)
  app.addHook('onClose', () => models.close())
  const bodyLimit = models.settings.maxBodyBytes
  const handler = async (request: FastifyRequestLike, reply: FastifyReplyLike) => {
    const { status, type, headers, body } = await respond(models, toCall(request, reply.raw, app.prefix))
    reply.code(status)
    reply.header('content-type', type)
    for (const [name, value] of Object.entries(headers ?? {})) reply.header(name, value)
    return reply.send(body)
  }
  for (const { method, path } of Object.values(paths)) {
    app.route({ method, url: path.replaceAll(/\{(\w+)\}/g, ':$1'), bodyLimit, handler })
  }
}

function toCall(request: FastifyRequestLike, response: ServerResponse, prefix: string): Call {
  const [path, query = ''] = request.url.slice(prefix.length).split(/\?(.*)/s, 2) as [string, string?]
  return {
    method: request.method,
    path: path === '' ? '/' : path,
    query,
    client: new ConnectionClient(response),
    header: (name) => request.headers[name] as string | undefined,
    body: () => (request.body as Uint8Array | undefined) ?? new Uint8Array(),
  }
}

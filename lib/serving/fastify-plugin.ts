import type { ServerResponse } from 'node:http'
import { ConnectionClient } from './client.js'
import type { Call } from './http/call.js'
import type { PathParameters } from './http/paths.js'
import { respond } from './http/respond.js'
import { routes } from './http/routes.js'
import type { ModelServer } from './model-server.js'

/** What the plugin reads of a Fastify request. */
interface FastifyRequestLike {
  readonly method: string
  readonly url: string
  readonly params?: unknown
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
  // The two that clients send are named, since Fastify finds those sooner.
  for (const type of ['application/json', 'application/octet-stream', '*'])
    app.addContentTypeParser(type, { parseAs: 'buffer' }, keep)
  app.addHook('onClose', () => models.close())
  const bodyLimit = models.settings.maxBodyBytes
  for (const route of routes) {
    const handler = async (request: FastifyRequestLike, reply: FastifyReplyLike) => {
      const { model = '', version } = (request.params ?? {}) as Partial<PathParameters>
      const found = { route, parameters: version === undefined ? { model } : { model, version } }
      const { status, type, headers, body } = await respond(models, toCall(request, reply.raw, app.prefix), found)
      reply.code(status)
      reply.header('content-type', type)
      if (headers) for (const [name, value] of Object.entries(headers)) reply.header(name, value)
      return reply.send(body)
    }
    app.route({ method: route.method, url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'), bodyLimit, handler })
  }
}

function toCall(request: FastifyRequestLike, response: ServerResponse, prefix: string): Call {
  const url = request.url.slice(prefix.length)
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return {
    method: request.method,
    path: path === '' ? '/' : path,
    query: mark < 0 ? '' : url.slice(mark + 1),
    client: new ConnectionClient(response),
    header: (name) => request.headers[name] as string | undefined,
    body: () => (request.body as Uint8Array | undefined) ?? new Uint8Array(),
  }
}

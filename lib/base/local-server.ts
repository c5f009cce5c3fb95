import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { checkInteger, checkString, optionKeys } from './check.js'

/** Where a page is served. */
export interface LocalServerOptions {
  /** 0, the default, takes a free one. */
  port?: number | undefined
  /** `'127.0.0.1'` by default: other machines cannot reach it. `'0.0.0.0'` and `'::'` are all addresses. */
  host?: string | undefined
}

export const localServerKeys = optionKeys<LocalServerOptions>({ port: true, host: true })

/** A page that is being served. */
export interface LocalServer {
  readonly url: string
  /** Ends all connections, and stops listening. */
  close(): Promise<void>
}

/** What is asked of a page's server. */
export interface PageRequest {
  readonly method: string
  readonly path: string
  readonly parameters: URLSearchParams
}

/** A whole reply. */
export interface Reply {
  readonly status: number
  readonly text: string
  /** Plain text by default. */
  readonly type?: string
}

type Answer = (request: PageRequest, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>

export const htmlType = 'text/html; charset=utf-8'

/** Most characters of an address. */
const longestUrl = 4000

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * Serves a page of this process to a browser on this machine.
 * @param answer replies to a request; undefined where it goes on writing the response itself. What it throws is replied too.
 * @throws ArgumentError for wrong options; Node's error where the port is taken.
 */
export async function serveLocally(options: LocalServerOptions, answer: Answer): Promise<LocalServer> {
  const port = checkInteger(options.port ?? 0, 'port', { min: 0, max: 65_535 })
  const host = checkString(options.host ?? '127.0.0.1', 'host')
  // Loaded here: every program loads this file's bundle, few serve pages.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer(async (request, response) => {
    try {
      send(request, response, await replyTo(request, response, answer))
    } catch (error) {
      const text = `The server failed: ${error instanceof Error ? error.message : error}`
      if (response.headersSent) response.destroy()
      else send(request, response, { status: 500, text })
    }
  })
  await listen(server, port, host)
  const { address, port: own } = server.address() as { address: string; port: number }
  // An address of all interfaces is none to open.
  const name = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${own}/`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Begins a stream of server-sent events. */
export function beginEvents(response: ServerResponse): (event: string, data: unknown) => boolean {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
  return (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

function send({ method }: IncomingMessage, response: ServerResponse, reply: Reply | undefined): void {
  if (!reply) return
  const { status, text, type = 'text/plain; charset=utf-8' } = reply
  response.writeHead(status, { ...headers, 'content-type': type })
  response.end(method === 'HEAD' ? undefined : text)
}

function replyTo(request: IncomingMessage, response: ServerResponse, answer: Answer): ReturnType<Answer> {
  const { method = 'GET', url = '/' } = request
  if (url.length > longestUrl) return { status: 414, text: 'The address is too long.' }
  // A page of another site, or a name of another site that leads here, must not use it.
  if (!isOwn(request)) return { status: 403, text: 'This server answers its own page alone.' }
  const [path, query = ''] = url.split(/\?(.*)/s, 2) as [string, string?]
  return answer({ method, path, parameters: new URLSearchParams(query) }, response)
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

/** Whether a request comes from the page itself, or from somebody who typed the address. */
function isOwn({ headers: { host = '', origin, 'sec-fetch-site': site }, socket }: IncomingMessage): boolean {
  const name = host.replace(/:\d+$/, '')
  const isLocal = /^(::1$|(::ffff:)?127\.)/.test(socket.localAddress ?? '')
  if (isLocal && !/^(localhost|\[::1?\]|0\.0\.0\.0|127(\.\d+){3})$/.test(name)) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || origin === `http://${host}`
}

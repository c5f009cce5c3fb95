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
  const { hostname } = process.getBuiltinModule('node:os')
  const ownNames = new Set([host, hostname().toLowerCase()])
  const server = createServer(async (request, response) => {
    try {
      const reply = isOwn(request, ownNames) ? replyTo(request, response, answer) : notOwn
      send(request, response, await reply)
    } catch (error) {
      const text = `The server failed: ${error instanceof Error ? error.message : error}`
      if (response.headersSent) response.destroy()
      else send(request, response, { status: 500, text })
    }
  })
  await listen(server, port, host)
  const { address, port: own } = server.address() as { address: string; port: number }
  ownNames.add(nameOf(address))
  // An address of all interfaces is none to open.
  const name = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return {
    url: `http://${nameOf(name)}:${own}/`,
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

/** A page of another site, or a name of another site that leads here, must not use the server. */
const notOwn: Reply = { status: 403, text: 'This server answers its own page alone.' }

/** An address as it is written in a URL. */
function nameOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** Whether a request comes from the page itself, or from somebody who typed the address. */
function isOwn(request: IncomingMessage, ownNames: ReadonlySet<string>): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
  if (!isOwnName(host.replace(/:\d+$/, ''), request.socket.localAddress ?? '', ownNames)) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || origin === `http://${host}`
}

/**
 * Whether a server may be asked by this name at one of its addresses. A site can make its own name lead to any address, so that
 * a browser takes the server for a part of the site: only names are right that no site can have.
 */
export function isOwnName(name: string, address: string, ownNames: ReadonlySet<string>): boolean {
  if (ownNames.has(name)) return true
  const isLocal = /^(::1$|(::ffff:)?127\.)/.test(address)
  if (isLocal) return /^(localhost|\[::1\]|127(\.\d+){3})$/.test(name)
  return /^(\[[\da-f:.]+\]|\d+(\.\d+){3}|[^.]*|.+\.local)$/i.test(name)
}

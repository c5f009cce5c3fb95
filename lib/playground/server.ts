import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { checkInteger, checkOptions, checkString, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { readChoice } from './choice.js'
import { playgroundPage } from './page-code.js'
import { mostRuns, Runs } from './runs.js'

/** Options of `servePlayground`. */
export interface PlaygroundOptions {
  /** 0, the default, takes a free one. */
  port?: number | undefined
  /** `'127.0.0.1'` by default: other machines cannot reach it. */
  host?: string | undefined
}

/** A playground that is being served. */
export interface Playground {
  /** The address of its page. */
  readonly url: string
  /** Ends all training, and stops listening. */
  close(): Promise<void>
}

/** Most characters of an address: a choice is in it. */
const longestUrl = 4000

/**
 * Serves a page that trains small networks live, in this process: layers, activation, start and rate to choose; the boundary
 * between the classes, losses, each unit's picture, gradients by layer.
 * @throws ArgumentError for wrong options; Node's error where the port is taken.
 */
export async function servePlayground(options: PlaygroundOptions = {}): Promise<Playground> {
  checkOptions(options, 'servePlayground()', optionKeys<PlaygroundOptions>({ port: true, host: true }))
  const port = checkInteger(options.port ?? 0, 'port', { min: 0, max: 65_535 })
  const host = checkString(options.host ?? '127.0.0.1', 'host')
  const runs = new Runs()
  const server = createServer((request, response) => answer(runs, request, response))
  await listen(server, port, host)
  const { address, port: own } = server.address() as { address: string; port: number }
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${own}/`,
    async close() {
      runs.endAll()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
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

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

interface Reply {
  readonly status: number
  readonly text: string
  readonly type?: string
}

function answer(runs: Runs, request: IncomingMessage, response: ServerResponse): void {
  const reply = replyTo(runs, request, response)
  if (!reply) return
  const { status, text, type = 'text/plain; charset=utf-8' } = reply
  response.writeHead(status, { ...headers, 'content-type': type })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** The reply; undefined for a run, which goes on writing. */
function replyTo(runs: Runs, request: IncomingMessage, response: ServerResponse): Reply | undefined {
  const { method, url = '/' } = request
  if (url.length > longestUrl) return { status: 414, text: 'The address is too long.' }
  // A page of another site, or a name of another site that leads here, must not start training.
  if (!isOwn(request)) return { status: 403, text: 'The playground answers its own page alone.' }
  const [path, query = ''] = url.split(/\?(.*)/s, 2) as [string, string?]
  const parameters = new URLSearchParams(query)
  if (path === '/' && (method === 'GET' || method === 'HEAD')) {
    return { status: 200, text: playgroundPage, type: 'text/html; charset=utf-8' }
  }
  if (path === '/run' && method === 'GET') return startRun(runs, parameters.get('choice'), response)
  if (path === '/control' && method === 'POST') {
    const rate = Number(parameters.get('rate'))
    const done = runs.control(parameters.get('run') ?? '', parameters.get('do') ?? '', rate)
    return done ? { status: 204, text: '' } : { status: 404, text: 'There is no such run, or nothing to do.' }
  }
  return { status: 404, text: 'There is nothing here.' }
}

function startRun(runs: Runs, choice: string | null, response: ServerResponse): Reply | undefined {
  try {
    if (runs.start(readChoice(JSON.parse(choice ?? 'null')), response)) return undefined
    return { status: 503, text: `${mostRuns} networks are in training. Close a page.` }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof MlpError)) throw error
    return { status: 400, text: error.message }
  }
}

/** Whether a request comes from the page itself, or from somebody who typed the address. */
function isOwn({ headers: { host = '', origin, 'sec-fetch-site': site }, socket }: IncomingMessage): boolean {
  const name = host.replace(/:\d+$/, '')
  const isLocal = socket.localAddress === '127.0.0.1' || socket.localAddress === '::1'
  if (isLocal && !['127.0.0.1', 'localhost', '[::1]'].includes(name)) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return origin === undefined || origin === `http://${host}`
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { basename, extname } from 'node:path'
import { type GrpcServer, ModelServer, nodeListener, serveGrpc } from '../../serving/index.js'
import { exits, UsageError } from '../terminal/failure.js'
import type { CommonOptions } from '../terminal/output.js'

/** Options of `serve`. */
export interface ServeOptions extends CommonOptions {
  readonly port: number
  readonly grpcPort?: number
  readonly host: string
  readonly watch?: boolean
  readonly metrics?: boolean
  readonly drift?: boolean
  readonly log?: boolean
  readonly maxBatch?: number
  readonly maxDelayMs?: number
  readonly maxQueue?: number
  readonly timeoutMs?: number
}

/** How long idle connections stay open at the end, so that a request on its way is answered. */
const graceMs = 500

/** How often slow clients are looked for. */
const checkMs = 1000

/** Serves models until a signal ends it. */
export async function serve(paths: readonly string[], options: ServeOptions): Promise<number> {
  const { watch = false, metrics = false, drift = false, maxBatch, maxDelayMs, maxQueue, timeoutMs } = options
  const keys = (process.env.PERCEPTRA_API_KEYS ?? '').split(',').filter((key) => key !== '')
  const models = new ModelServer({
    ...{ models: namedFiles(paths), watch, metrics, drift, maxBatch, maxDelayMs, maxQueue, timeoutMs },
    apiKeys: keys.length > 0 ? keys : undefined,
    onEvent: ({ error, ...event }) =>
      print({ ...event, ...(error !== undefined && { error: `${(error as Error)?.message ?? error}` }) }),
  })
  await models.ready()
  const { grpcPort, host } = options
  const grpc = grpcPort === undefined ? undefined : await serveGrpc(models, { port: grpcPort, host })
  try {
    await listen(models, options, grpc)
  } finally {
    await Promise.all([grpc?.close(), models.close()])
  }
  return exits.done
}

function namedFiles(paths: readonly string[]): Record<string, string> {
  const named = paths.map((path) => {
    const match = /^([\w.-]+)=(.+)$/.exec(path)
    return match ? [match[1]!, match[2]!] : [basename(path, extname(path)), path]
  })
  const models = Object.fromEntries(named) as Record<string, string>
  if (Object.keys(models).length === named.length) return models
  throw new UsageError('Two files have the same name. Name them: NAME=FILE.')
}

async function listen(
  models: ModelServer,
  { port, host, log, json, timeoutMs = 30_000 }: ServeOptions,
  grpc: GrpcServer | undefined,
): Promise<void> {
  const answer = nodeListener(models)
  let isEnding = false
  // A client that sends slowly holds its connection no longer than an answer may take.
  const limits = { headersTimeout: timeoutMs, requestTimeout: timeoutMs, connectionsCheckingInterval: checkMs }
  const server = createServer(limits, (request, response) => {
    // Clients that keep their connection leave it, so that the server can end.
    if (isEnding) response.shouldKeepAlive = false
    if (log) logAnswer(request, response)
    void answer(request, response)
  })
  let grpcEnded: Promise<void> | undefined
  const ended = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('close', resolve)
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second signal does not wait for answers.
      if (isEnding) process.exit(exits.interrupted)
      isEnding = true
      models.drain()
      // http's own close ends idle connections at once, just when a client may send on them.
      Server.prototype.close.call(server)
      grpcEnded = grpc?.close()
      setTimeout(() => server.closeIdleConnections(), graceMs)
    })
  }
  server.listen(port, host, () => {
    const address = host.includes(':') ? `[${host}]` : host
    const url = `http://${address}:${(server.address() as AddressInfo).port}`
    const grpcAddress = grpc && `${address}:${grpc.port}`
    if (json) print({ type: 'listening', url, ...(grpc && { grpc: grpcAddress }), models: models.names })
    else {
      const also = grpc ? ` and by gRPC at ${grpcAddress}` : ''
      console.log(`perceptra serves ${models.names.join(', ')} at ${url}${also}`)
    }
  })
  await ended
  await grpcEnded
}

function logAnswer({ method, url }: IncomingMessage, response: ServerResponse): void {
  const start = performance.now()
  response.once('finish', () => {
    const ms = Math.round((performance.now() - start) * 1000) / 1000
    print({ method, url, status: response.statusCode, ms })
  })
}

function print(line: object): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...line }))
}

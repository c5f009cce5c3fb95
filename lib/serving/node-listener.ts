import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConnectionClient, hasLeft } from './client.js'
import { tooLarge } from './http/body.js'
import type { Call } from './http/call.js'
import { respond } from './http/respond.js'
import type { ModelServer } from './model-server.js'

/** A listener for `node:http`'s createServer. */
export function nodeListener(server: ModelServer) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, headers, body } = await respond(server, toCall(request, response))
    if (response.destroyed) return
    // A body that was not read to its end cannot be followed by another request.
    const isRead = request.complete || request.readableEnded
    const own = { 'content-type': type, 'content-length': Buffer.byteLength(body) }
    const isPlain = isRead && headers === undefined
    response.writeHead(status, isPlain ? own : { ...own, ...headers, ...(!isRead && { connection: 'close' }) })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

function toCall(request: IncomingMessage, response: ServerResponse): Call {
  const url = request.url!
  const mark = url.indexOf('?')
  return {
    method: request.method!,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    client: new ConnectionClient(response),
    header: (name) => request.headers[name] as string | undefined,
    body: (limit) => readBody(request, limit),
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length']) > limit) return reject(tooLarge(limit))
    const chunks: Buffer[] = []
    let size = 0
    let isWhole = false
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        request.pause()
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    request.on('end', () => {
      isWhole = true
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    })
    request.on('error', reject)
    // It comes after every request: an Error for each, with its stack, would take longer than reading the body.
    request.on('close', () => isWhole || reject(hasLeft()))
  })
}

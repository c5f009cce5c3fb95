import type { IncomingMessage, ServerResponse } from 'node:http'
import { tooLarge } from './http/body.js'
import type { Call } from './http/call.js'
import { respond } from './http/respond.js'
import type { ModelServer } from './model-server.js'

/** A listener for `node:http`'s createServer. */
export function nodeListener(server: ModelServer) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, headers, body } = await respond(server, toCall(request))
    // A body that was not read to its end cannot be followed by another request.
    const connection = request.complete || request.readableEnded ? {} : { connection: 'close' }
    const length = Buffer.byteLength(body)
    response.writeHead(status, { 'content-type': type, 'content-length': length, ...headers, ...connection })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

function toCall(request: IncomingMessage): Call {
  const [path, query = ''] = request.url!.split(/\?(.*)/s, 2) as [string, string?]
  return {
    method: request.method!,
    path,
    query,
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
    request.on('close', () => isWhole || reject(new Error('The client left.')))
  })
}

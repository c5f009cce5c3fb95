import { SignalClient } from '../client.js'
import type { Host } from '../host.js'
import { tooLarge } from './body.js'
import type { Call } from './call.js'
import { respond } from './respond.js'

/** Answers a web-standard request. */
export async function answerWeb(host: Host, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const call: Call = {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    client: new SignalClient(request.signal),
    header: (name) => request.headers.get(name),
    body: (limit) => readBody(request, limit),
  }
  const { status, type, headers, body } = await respond(host, call)
  const content = request.method === 'HEAD' ? null : (body as string | Uint8Array<ArrayBuffer>)
  // A Response takes 200 to 599: 499 is for logs alone, its client has left.
  return new Response(content, { status, headers: { 'content-type': type, ...headers } })
}

async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge(limit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

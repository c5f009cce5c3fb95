import type { Client } from '../time-limit.js'
import type { RequestSpan } from '../traces.js'

/** A request, of whatever HTTP server. */
export interface Call {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  readonly client: Client
  /** Where requests are traced. */
  readonly span?: RequestSpan
  /** A header by its name in lower case. */
  header(name: string): string | null | undefined
  /** The whole body, at most `limit` bytes. @throws Problem 413 for more. */
  body(limit: number): Uint8Array | Promise<Uint8Array>
}

/** The answer to a call. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** An answer of JSON. Without a charset, which JSON does not have: KServe's client reads errors of this type alone. */
export function json(body: unknown, status = 200, headers?: Readonly<Record<string, string>>): Answer {
  const answer = { status, type: 'application/json', body: JSON.stringify(body) }
  return headers ? { ...answer, headers } : answer
}

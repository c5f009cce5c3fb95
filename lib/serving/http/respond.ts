import { createHash, timingSafeEqual } from 'node:crypto'
import type { Host } from '../host.js'
import { Problem, toProblem } from '../problem.js'
import { type Answer, type Call, json } from './call.js'
import { routeOf } from './routes.js'

/** Answers a call; it never throws. */
export async function respond(host: Host, call: Call): Promise<Answer> {
  try {
    const { handler, isOpen } = routeOf(host, call)
    if (!isOpen) authorize(host.settings.apiKeys, call)
    return await host.counted(async () => handler(host, call))
  } catch (error) {
    if (call.signal?.aborted) return json({ error: 'The client left.' }, 499)
    const problem = toProblem(error)
    if (problem.status === 500) host.settings.onEvent({ type: 'error', error })
    return toAnswer(problem)
  }
}

export function toAnswer({ status, code, message, details }: Problem): Answer {
  const { retryAfter, allow, errors } = details
  const headers = {
    ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }),
    ...(allow !== undefined && { allow }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  }
  return json({ error: message, code, ...(errors && { errors }) }, status, headers)
}

function authorize(keys: readonly string[] | undefined, call: Call): void {
  if (!keys) return
  const bearer = /^Bearer (.+)$/i.exec(call.header('authorization') ?? '')?.[1]
  const key = call.header('x-api-key') ?? bearer
  if (key !== undefined && keys.map((known) => isSame(known, key)).includes(true)) return
  throw new Problem(401, 'ERR_KEY', 'Expected a valid key in the header Authorization: Bearer KEY or X-API-Key: KEY.')
}

/** Compares in a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

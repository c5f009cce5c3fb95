import { createHash, timingSafeEqual } from 'node:crypto'
import type { Host } from '../host.js'
import { Problem, toProblem } from '../problem.js'
import { type Answer, type Call, json } from './call.js'
import { routeOf } from './routes.js'

/** Answers a call; it never throws. */
export async function respond(host: Host, call: Call): Promise<Answer> {
  const start = performance.now()
  let model = ''
  let answer: Answer
  try {
    const { route, parameters } = routeOf(host, call)
    model = parameters.model
    if (!route.isOpen) authorize(host.settings.apiKeys, call)
    host.begin()
    try {
      answer = await route.answer(host, call, parameters)
    } finally {
      host.end()
    }
  } catch (error) {
    answer = call.signal?.aborted ? json({ error: 'The client left.' }, 499) : toAnswer(told(host, error))
  }
  host.metrics?.answered(model, answer.status, performance.now() - start)
  return answer
}

function told(host: Host, error: unknown): Problem {
  const problem = toProblem(error)
  if (problem.status === 500) host.settings.onEvent({ type: 'error', error })
  return problem
}

function toAnswer({ status, code, message, details }: Problem): Answer {
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

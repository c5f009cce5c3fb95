import { authorize } from '../authorize.js'
import { checkModel } from '../check-model.js'
import type { Host } from '../host.js'
import { type Problem, told } from '../problem.js'
import type { RequestSpan } from '../traces.js'
import { type Answer, type Call, json } from './call.js'
import { type Found, routeOf } from './routes.js'

/**
 * Answers a call; it never throws.
 * @param found its route, where the server has found it.
 */
export async function respond(host: Host, call: Call, found?: Found): Promise<Answer> {
  const start = performance.now()
  let model = ''
  let answer: Answer
  let span: RequestSpan | undefined
  try {
    const { route, parameters } = found ?? routeOf(call)
    span = host.traces?.begin(`${call.method} ${route.path}`, {
      kind: 'server',
      attributes: { 'http.request.method': call.method, 'http.route': route.path, 'url.path': call.path },
      header: call.header,
    })
    if (parameters.model !== '') checkModel(host, parameters.model, parameters.version)
    model = parameters.model
    span?.asks(model)
    if (!route.isOpen) authorize(host.settings.apiKeys, call.header)
    host.begin()
    try {
      answer = await route.answer(host, span ? { ...call, span } : call, parameters)
    } finally {
      host.end()
    }
  } catch (error) {
    answer = call.client.aborted ? json({ error: 'The client left.' }, 499) : toAnswer(told(host, error))
  }
  host.metrics?.answered(model, answer.status, performance.now() - start)
  span?.end({ 'http.response.status_code': answer.status }, answer.status >= 500)
  return answer
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

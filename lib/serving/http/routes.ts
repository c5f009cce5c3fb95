import { keysOf } from '../../base/check.js'
import type { Host } from '../host.js'
import { Problem } from '../problem.js'
import { type Answer, type Call, json } from './call.js'
import { drift } from './drift.js'
import { infer } from './infer.js'
import { modelMetadata, serverMetadata } from './metadata.js'
import { openApi } from './open-api.js'
import { page } from './page.js'
import { type PathParameters, paths } from './paths.js'
import { predictRows } from './rows.js'

/** Answers a call, with the parts of its path in braces. */
type Handler = (host: Host, call: Call, parameters: PathParameters) => Answer | Promise<Answer>

const handlers: Readonly<Record<keyof typeof paths, Handler>> = {
  page,
  openApi,
  models: listModels,
  predict: predictRows,
  predictVersion: predictRows,
  drift,
  driftVersion: drift,
  metrics: metricsText,
  server: serverMetadata,
  live: () => json({ live: true }),
  ready: readiness,
  metadata: modelMetadata,
  metadataVersion: modelMetadata,
  modelReady: modelReadiness,
  modelReadyVersion: modelReadiness,
  infer,
  inferVersion: infer,
}

interface Route {
  readonly method: string
  readonly path: string
  readonly isOpen: boolean
  readonly answer: Handler
}

/** What answers a call, and the parts of its path in braces. */
export interface Found {
  readonly route: Route
  readonly parameters: PathParameters
}

interface Pattern {
  readonly route: Route
  readonly parts: readonly string[]
}

/** All routes, for servers that find the one of a path themselves. */
export const routes: readonly Route[] = keysOf(paths).map((name) => {
  return { isOpen: false, ...paths[name], answer: handlers[name] }
})

/** The routes by the number of their parts. */
const patterns = new Map<number, Pattern[]>()
for (const route of routes) {
  const parts = route.path.split('/')
  const pattern = { route, parts }
  patterns.set(parts.length, [...(patterns.get(parts.length) ?? []), pattern])
}

/**
 * The handler of a call.
 * @throws Problem 404 for no such path; 405 for another method.
 */
export function routeOf(call: Call): Found {
  const parts = call.path.split('/')
  if (parts.length > 2 && parts.at(-1) === '') parts.pop()
  const alike = patterns.get(parts.length) ?? []
  const found = alike.find((pattern) => isFor(pattern, call.method) && matches(pattern.parts, parts))
  if (!found) {
    const matching = alike.filter((pattern) => matches(pattern.parts, parts))
    if (matching.length === 0)
      throw new Problem(404, 'ERR_NOT_FOUND', `There is nothing at ${call.path}: GET /openapi.json has all paths.`)
    const allow = matching.map(({ route }) => route.method).join(', ')
    throw new Problem(405, 'ERR_METHOD', `Expected ${allow} for ${call.path}, but got ${call.method}.`, { allow })
  }
  return { route: found.route, parameters: readParameters(found.parts, parts) }
}

function isFor({ route: { method } }: Pattern, asked: string): boolean {
  return method === asked || (method === 'GET' && asked === 'HEAD')
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.every((part, i) => part === parts[i] || part.startsWith('{'))
}

function readParameters(pattern: readonly string[], parts: readonly string[]): PathParameters {
  const at = (name: string) => parts[pattern.indexOf(name)]
  const version = at('{version}')
  const model = at('{model}') ?? ''
  return version === undefined ? { model } : { model, version }
}

function listModels(host: Host): Answer {
  return json({ models: host.names.map((name) => ({ name, versions: host.isReady ? host.versions(name) : [] })) })
}

async function metricsText({ metrics }: Host): Promise<Answer> {
  if (!metrics) throw new Problem(404, 'ERR_NOT_FOUND', 'This server keeps no metrics: see the option metrics.')
  return { status: 200, ...(await metrics.text()) }
}

function readiness(host: Host): Answer {
  return json({ ready: host.isReady }, host.isReady ? 200 : 503)
}

function modelReadiness(host: Host, _: Call, { model }: PathParameters): Answer {
  return json({ name: model, ready: host.isReady }, host.isReady ? 200 : 503)
}

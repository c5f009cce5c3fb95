import type { ServerResponse } from 'node:http'
import { checkOptions } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import {
  htmlType,
  type LocalServer,
  type LocalServerOptions,
  localServerKeys,
  type PageRequest,
  type Reply,
  serveLocally,
} from '../base/local-server.js'
import { readChoice } from './choice.js'
import { playgroundPage } from './page-code.js'
import { mostRuns, Runs } from './runs.js'

/**
 * Serves a page that trains small networks live, in this process: layers, activation, start and rate to choose; the boundary
 * between the classes, losses, each unit's picture, gradients by layer. `close` ends all training.
 * @throws ArgumentError for wrong options; Node's error where the port is taken.
 */
export async function servePlayground(options: LocalServerOptions = {}): Promise<LocalServer> {
  checkOptions(options, 'servePlayground()', localServerKeys)
  const runs = new Runs()
  const { url, close } = await serveLocally(options, (request, response) => answer(runs, request, response))
  return {
    url,
    async close() {
      runs.endAll()
      await close()
    },
  }
}

function answer(runs: Runs, { method, path, parameters }: PageRequest, response: ServerResponse): Reply | undefined {
  if (path === '/' && (method === 'GET' || method === 'HEAD')) {
    return { status: 200, text: playgroundPage, type: htmlType }
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

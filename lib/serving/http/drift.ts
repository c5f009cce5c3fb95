import type { Host } from '../host.js'
import { Problem } from '../problem.js'
import { type Answer, type Call, json } from './call.js'
import type { PathParameters } from './paths.js'

/** GET /models/{model}/drift: the rows that were asked, against those of training. */
export async function drift(host: Host, _: Call, { model, version }: PathParameters): Promise<Answer> {
  if (!host.settings.drift)
    throw new Problem(404, 'ERR_NOT_FOUND', 'This server watches no drift: see the option drift.')
  const { watch, kind, version: served } = await host.find(model, version)
  if (!watch) throw new Problem(404, 'ERR_NOT_FOUND', `This model, a ${kind}, has no schema: table models have one.`)
  return json({ model, version: served, ...watch.report() })
}

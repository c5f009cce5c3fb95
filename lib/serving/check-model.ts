import type { Host } from './host.js'
import { Problem } from './problem.js'

/** @throws Problem 404 for a name that no model has, or a version that it has not. */
export function checkModel(host: Host, model: string, version: string | undefined): void {
  const quoted = JSON.stringify(model.slice(0, 128))
  if (!host.names.includes(model)) throw new Problem(404, 'ERR_NOT_FOUND', `There is no model ${quoted}.`)
  if (version === undefined || !host.isReady || host.versions(model).includes(version)) return
  throw new Problem(404, 'ERR_NOT_FOUND', `Model ${model} has no version ${JSON.stringify(version.slice(0, 128))}.`)
}

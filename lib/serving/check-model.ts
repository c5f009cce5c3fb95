import type { Host } from './host.js'
import { Problem } from './problem.js'

/** @throws Problem 404 for a name that no model has, or a version that it has not. */
export function checkModel(host: Host, model: string, version: string | undefined): void {
  const isKnown = Object.hasOwn(host.settings.models, model)
  if (isKnown && (version === undefined || !host.isReady || host.versions(model).includes(version))) return
  const quoted = (name: string) => JSON.stringify(name.slice(0, 128))
  const message = isKnown ? `Model ${model} has no version ${quoted(version!)}.` : `There is no model ${quoted(model)}.`
  throw new Problem(404, 'ERR_NOT_FOUND', message)
}

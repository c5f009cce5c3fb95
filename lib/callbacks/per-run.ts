import type { Callback } from './types.js'

/** The key of a function of this package's callbacks that have a state: it makes one for a single run. */
const makeForRun: unique symbol = Symbol('perceptra.makeForRun')

/** A callback that each run gets anew, so that runs at the same time do not share its state. */
export function perRun(make: () => Callback): Callback {
  return Object.assign(make(), { [makeForRun]: () => perRun(make) })
}

/** The callback for one run: callbacks of users are their own. */
export function forThisRun(callback: Callback): Callback {
  const { [makeForRun]: make } = callback as { [makeForRun]?: () => Callback }
  return make ? make() : callback
}

/** Whether a user's callback may add keys to the logs. */
export function mayAddLogs(callback: Callback): boolean {
  return callback.onEpochEnd !== undefined && !(makeForRun in callback)
}

import type { Limit } from '../limit.js'
import type { Store } from './store.js'

/** A store whose calls end with a limit, also where the store hangs. */
export function limitedStore(store: Store, limit: Limit): Store {
  const until = <T>(work: Promise<T>) => limit.until(work, 'The store')
  return {
    localAddress: store.localAddress,
    refused: () => store.refused?.(),
    set: (key, value) => until(store.set(key, value)),
    get: (key, timeout, signal) => until(store.get(key, timeout, signal)),
    add: (key, amount) => until(store.add(key, amount)),
    deleteAll: (prefix) => until(store.deleteAll(prefix)),
    close: () => store.close(),
  }
}

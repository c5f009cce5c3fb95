import { folderStore, type Store } from '../../../lib/distributed/index.js'

/** The key of the port where rank 0 itself listens. */
export const ownPort = 'own port'

/** A store in a folder, by which the others reach rank 0 at another port. */
export function relayedStore(folder: string, port: number): Store {
  const store = folderStore(folder)
  const set: Store['set'] = async (key, value) => {
    if (!key.endsWith('/address/0')) return store.set(key, value)
    const offer = JSON.parse(Buffer.from(value).toString()) as { addresses: string[] }
    const addresses = offer.addresses.map((text) => Buffer.from(text, 'base64'))
    // A version, the family, the port.
    await store.set(ownPort, addresses[1]!.subarray(2, 4))
    for (const address of addresses) if (address.length > 0) address.writeUInt16BE(port, 2)
    const texts = addresses.map((address) => address.toString('base64'))
    return store.set(key, Buffer.from(JSON.stringify({ ...offer, addresses: texts })))
  }
  return {
    set,
    get: (...of) => store.get(...of),
    add: (...of) => store.add(...of),
    deleteAll: (prefix) => store.deleteAll(prefix),
    close: () => store.close(),
  }
}

import { ArgumentError, MlpError } from '../base/errors.js'
import { native } from '../native/addon.js'
import type { NativeGroup } from '../native/group.js'
import type { Limit } from './limit.js'
import type { Description } from './roll-call.js'
import { lost, readJson, type Store } from './store/store.js'

/** What a rank writes for the others: its addresses and the kernels that it computes with, or why it has none. */
interface Offer {
  readonly addresses?: readonly string[]
  readonly kernels?: string
  readonly error?: string
}

/** The connections of a rank, and the kernels of each. */
export interface Connected {
  readonly native: NativeGroup
  readonly kernels: readonly string[]
}

/**
 * Exchanges addresses by the store and connects to all ranks.
 * @throws MlpError ERR_GROUP_UNAVAILABLE where the binary was built without Gloo, and ERR_GROUP_LOST where another rank's was, or
 * one is not reached.
 */
export async function connectAll(
  store: Store,
  prefix: string,
  options: {
    all: readonly Description[]
    rank: number
    host: string
    limit: Limit
  },
  makeNative = withGloo,
): Promise<Connected> {
  const { all, rank, host, limit } = options
  const size = all.length
  const offer = (value: Offer) => store.set(`${prefix}/address/${rank}`, Buffer.from(JSON.stringify(value)))
  let group: NativeGroup
  try {
    group = makeNative({ rank, size, host })
  } catch (error) {
    await offer({ error: (error as Error).message })
    throw error
  }
  try {
    const own = native().info().kernels
    await offer({ addresses: group.addresses().map((bytes) => Buffer.from(bytes).toString('base64')), kernels: own })
    const addresses: Uint8Array[] = []
    const kernels: string[] = []
    for (let other = 0; other < size; other++) {
      const key = `${prefix}/address/${other}`
      const offered = readJson(key, await store.get(key, limit.leftMs / 1000, limit.signal)) as Offer
      addresses.push(addressFor(rank, offered, all[other]!))
      kernels.push(String(offered.kernels))
    }
    addresses[rank] = new Uint8Array(0)
    await limit.until(group.connect(addresses, limit.leftMs), 'A rank')
    return { native: group, kernels }
  } catch (error) {
    group.close()
    throw error
  }
}

function withGloo(options: { rank: number; size: number; host: string }): NativeGroup {
  const { Group } = native()
  if (Group) return new Group(options)
  throw new MlpError(
    'This binary of perceptra was built without Gloo, so it cannot join a group.',
    'ERR_GROUP_UNAVAILABLE',
  )
}

function addressFor(rank: number, { addresses, error }: Offer, from: Description): Uint8Array {
  if (error !== undefined) throw lost(`Rank ${from.rank} on ${from.host} could not join: ${error}`)
  const address = addresses?.[rank]
  if (typeof address !== 'string') throw new ArgumentError(`Rank ${from.rank} on ${from.host} gave no address.`)
  return Buffer.from(address, 'base64')
}

import { endianness, hostname } from 'node:os'
import {
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  checkString,
  invalid,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Group } from '../training/group/group.js'
import { connectAll } from './connect.js'
import { type Launched, readEnvironment } from './environment.js'
import { listenAddress, ownAddress } from './own-address.js'
import { callRoll, type Description } from './roll-call.js'
import { openStore } from './store/open-store.js'
import type { Store } from './store/store.js'
import { type StoreTls, tcpStore } from './store/tcp-store.js'

/** Options of `join`. What is left out is in variables, as torchrun and `npx perceptra launch` set them. */
export interface JoinOptions {
  /** The number of this process, from 0; RANK by default. */
  rank?: number | undefined
  /** The number of processes; WORLD_SIZE by default. */
  size?: number | undefined
  /**
   * How ranks find each other: a store, or its URL: `tcp://host:port`, `file:///folder`, `redis://host:6379`. PERCEPTRA_STORE by
   * default; without it rank 0 hosts a store at MASTER_ADDR:MASTER_PORT.
   */
  store?: Store | string | undefined
  /** The address by which other ranks reach this one; by default the one that the way to the store shows. */
  host?: string | undefined
  /**
   * Seconds that ranks wait for each other, here and later: a rank that dies is noticed at once, one that hangs after this time.
   * It must be longer than the longest callback. 300 by default.
   */
  timeout?: number | undefined
  /** Of a store by TCP: known to all ranks and to nobody else; PERCEPTRA_SECRET by default. */
  secret?: string | undefined
  /** Of a store by TCP: options of node:tls, on rank 0 those of a server. */
  tls?: StoreTls | undefined
  /** The name of the run, for a store that outlives it: a folder or Redis. TORCHELASTIC_RUN_ID by default. */
  id?: string | undefined
  signal?: AbortSignal | undefined
}

const optionNames = optionKeys<JoinOptions>({
  rank: true,
  size: true,
  store: true,
  host: true,
  timeout: true,
  secret: true,
  tls: true,
  id: true,
  signal: true,
})

/** How often this process has joined under a name: each time has keys of its own. */
const joins = new Map<string, number>()

/**
 * Joins a group: resolves when all ranks are connected.
 * @throws ArgumentError for wrong options, and on all ranks where two have one number, or sizes or versions differ, with who differs
 * in what; MlpError ERR_GROUP_LOST where the store is not reached or a rank does not come in time; ERR_GROUP_UNAVAILABLE where the
 * binary was built without Gloo.
 */
export async function join(options: JoinOptions = {}): Promise<Group> {
  checkOptions(options, 'join()', optionNames)
  const launched = readEnvironment()
  const { rank, size } = readPlace(options, launched)
  const timeout = checkNumber(options.timeout ?? 300, 'timeout', { above: 0 })
  const { signal } = options
  if (signal !== undefined) checkSignal(signal)
  if (options.host !== undefined) checkString(options.host, 'host')
  const timeoutMs = Math.min(timeout * 1000, 2 ** 31 - 1)
  if (size === 1) return new Group({ rank, size, timeoutMs, native: undefined })
  const id = options.id === undefined ? launched.id : checkString(options.id, 'id')
  const name = `${id}/${rank}/${size}`
  const count = joins.get(name) ?? 0
  joins.set(name, count + 1)
  const prefix = `perceptra/${id}/${count}`
  const { store, ours } = await storeOf(options, launched, rank, timeout)
  try {
    const own: Description = { rank, size, host: hostname(), pid: process.pid, same: traits }
    const all = await callRoll(store, prefix, own, timeout, signal)
    const host = options.host ?? ownAddress(launched.networkInterface, store.localAddress)
    const native = await connectAll(store, prefix, { all, rank, host, timeout, timeoutMs, signal })
    const ranksHere = all.filter((other) => other.host === own.host).length
    const group = new Group({ rank, size, timeoutMs, native, ranksHere })
    // All have read what the store holds.
    await group.barrier()
    if (rank === 0) await store.deleteAll(`${prefix}/`)
    return group
  } finally {
    if (ours) await store.close()
  }
}

declare const PERCEPTRA_VERSION: string | undefined

/** What ranks must have in common. The version is put in when dist/ is made. */
const traits = {
  'version of perceptra': typeof PERCEPTRA_VERSION === 'string' ? PERCEPTRA_VERSION : 'source',
  'byte order': endianness(),
}

function readPlace(options: JoinOptions, launched: Launched): { rank: number; size: number } {
  const { rank = launched.rank, size = launched.size } = options
  if (rank === undefined || size === undefined) {
    throw new ArgumentError(
      "join() found no RANK and WORLD_SIZE. Start the program by 'npx perceptra launch -n 4 train.mjs', or pass { rank, size, store }.",
    )
  }
  checkInteger(size, 'size', { min: 1, max: 65_536 })
  return { size, rank: checkInteger(rank, 'rank', { min: 0, max: size - 1 }) }
}

async function storeOf(
  { store = undefined, secret, tls, signal }: JoinOptions,
  launched: Launched,
  rank: number,
  timeout: number,
): Promise<{ store: Store; ours: boolean }> {
  if (store !== undefined && typeof store !== 'string') {
    if (typeof (store as Partial<Store> | null)?.get === 'function') return { store, ours: false }
    throw invalid('store', 'a store or its URL', store)
  }
  const url = store ?? launched.store
  const common = { secret: secret ?? launched.secret, tls, signal, timeout }
  if (url !== undefined) return { store: await openStore(url, common), ours: true }
  const { master, isMasterTaken } = launched
  if (isMasterTaken) {
    throw new ArgumentError(
      "torchrun has its own store at MASTER_PORT. Name another one in PERCEPTRA_STORE: 'file:///folder' that all ranks see, or 'redis://host:6379'.",
    )
  }
  if (!master) {
    throw new ArgumentError('join() found no MASTER_ADDR and MASTER_PORT. Set them, or pass a store, or its URL.')
  }
  if (rank > 0) return { store: await tcpStore({ ...common, ...master }), ours: true }
  // Behind another address, as in a container, it listens on all of its own.
  const host = (await listenAddress(master.host)) ?? '0.0.0.0'
  return { store: await tcpStore({ ...common, host, port: master.port, serve: true }), ours: true }
}

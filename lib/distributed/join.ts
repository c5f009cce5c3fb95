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
import { Limit } from './limit.js'
import { listenAddress, ownAddress } from './own-address.js'
import { callRoll, type Description } from './roll-call.js'
import { limitedStore } from './store/limited-store.js'
import { openStore } from './store/open-store.js'
import { refuseSealed, sealedStore } from './store/sealed-store.js'
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
  /**
   * The address by which other ranks reach this one. By default the one that the way to a store by TCP shows; with a folder or Redis
   * the first of this machine's that leaves it, which may be that of a bridge of containers: name it there, or the interface in
   * GLOO_SOCKET_IFNAME.
   */
  host?: string | undefined
  /**
   * Seconds that join may take, and that each later call waits for other ranks: a rank that dies is noticed at once, one that hangs
   * after this time. 300 by default.
   */
  timeout?: number | undefined
  /**
   * Known to all ranks and to nobody else, such as 32 random bytes in hexadecimal digits; PERCEPTRA_SECRET by default. With it what
   * ranks write to any store is encrypted and authenticated. A store by TCP needs one; without one whoever can read a folder or Redis
   * can join.
   */
  secret?: string | undefined
  /** Of a store by TCP, and an error with another: options of node:tls, on rank 0 those of a server. */
  tls?: StoreTls | undefined
  /** The name of the run, for a store that outlives it: a folder or Redis. TORCHELASTIC_RUN_ID by default. */
  id?: string | undefined
  /** Ends the join: it rejects with the signal's reason. */
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
  const limit = new Limit(timeout, signal)
  const { opening, ours } = openStoreOf(options, launched, rank, timeout)
  const opened = await limit.until(opening, 'The store').catch((error) => {
    // It may still open.
    if (ours) void opening.then((late) => late.close()).catch(() => {})
    throw error
  })
  try {
    const store = limitedStore(protectedBy(options.secret ?? launched.secret, opened), limit)
    const own: Description = { rank, size, host: hostname(), pid: process.pid, same: traits }
    const all = await callRoll(store, prefix, own, limit)
    const host = options.host ?? ownAddress(launched.networkInterface, store.localAddress)
    const connected = await connectAll(store, prefix, { all, rank, host, limit })
    const ranksHere = all.filter((other) => other.host === own.host).length
    const group = new Group({ rank, size, timeoutMs, ranksHere, ...connected })
    try {
      // All have read what the store holds.
      await limit.until(group.barrier(), 'A rank')
    } catch (error) {
      await group.close()
      throw error
    }
    // The group is whole, whatever becomes of the store.
    if (rank === 0)
      await new Limit(cleanSeconds, signal).until(opened.deleteAll(`${prefix}/`), 'The store').catch(() => {})
    return group
  } finally {
    if (ours) await opened.close()
  }
}

/** Seconds that a store has to delete what it holds of a group that is whole. */
const cleanSeconds = 5

function protectedBy(secret: string | undefined, store: Store): Store {
  if (secret !== undefined) return sealedStore(store, secret)
  const get: Store['get'] = async (...of) => refuseSealed(await store.get(...of))
  return {
    localAddress: store.localAddress,
    refused: () => store.refused?.(),
    get,
    set: (key, value) => store.set(key, value),
    add: (key, amount) => store.add(key, amount),
    deleteAll: (prefix) => store.deleteAll(prefix),
    close: () => store.close(),
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

function openStoreOf(
  options: JoinOptions,
  launched: Launched,
  rank: number,
  timeout: number,
): { opening: Promise<Store>; ours: boolean } {
  const { store, tls } = options
  if (store === undefined || typeof store === 'string') {
    return { opening: openOwn(options, launched, rank, timeout), ours: true }
  }
  if (typeof (store as Partial<Store> | null)?.get !== 'function') throw invalid('store', 'a store or its URL', store)
  if (tls !== undefined) throw new ArgumentError('A store that is open takes no `tls`. Give it to tcpStore().')
  return { opening: Promise.resolve(store), ours: false }
}

async function openOwn(options: JoinOptions, launched: Launched, rank: number, timeout: number): Promise<Store> {
  const url = (options.store as string | undefined) ?? launched.store
  const common = { secret: options.secret ?? launched.secret, tls: options.tls, signal: options.signal, timeout }
  if (url !== undefined) return openStore(url, common)
  const { master, isMasterTaken } = launched
  if (isMasterTaken) {
    throw new ArgumentError(
      "torchrun has its own store at MASTER_PORT. Name another one in PERCEPTRA_STORE: 'file:///folder' that all ranks see, or 'redis://host:6379'.",
    )
  }
  if (!master) {
    throw new ArgumentError('join() found no MASTER_ADDR and MASTER_PORT. Set them, or pass a store, or its URL.')
  }
  if (rank > 0) return tcpStore({ ...common, ...master })
  // Behind another address, as in a container, it listens on all of its own.
  const host = (await listenAddress(master.host)) ?? '0.0.0.0'
  return tcpStore({ ...common, host, port: master.port, serve: true })
}

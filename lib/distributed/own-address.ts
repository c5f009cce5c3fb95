import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { ArgumentError } from '../base/errors.js'

const loopback = /^(127\.|::1$|::ffff:127\.|localhost$)/

/**
 * The address by which other ranks reach this process.
 * @param networkInterface one to take it from.
 * @param towardsStore the address of this machine in the connection to the store, if it is known.
 * @throws ArgumentError for an interface that is not there.
 */
export function ownAddress(networkInterface: string | undefined, towardsStore: string | undefined): string {
  const interfaces = networkInterfaces()
  if (networkInterface !== undefined) {
    const found = interfaces[networkInterface]?.[0]
    if (found) return found.address
    const names = Object.keys(interfaces).join(', ')
    throw new ArgumentError(
      `Expected a network interface in GLOO_SOCKET_IFNAME (${names}), but got "${networkInterface}".`,
    )
  }
  if (towardsStore !== undefined) return towardsStore.replace(/^::ffff:/, '')
  const all = Object.values(interfaces).flatMap((list) => list ?? [])
  const outside = all.filter(({ internal }) => !internal)
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address ?? '127.0.0.1'
}

/** Whether an address is of this machine alone. */
export function isLoopback(host: string): boolean {
  return loopback.test(host)
}

/**
 * Where a store listens that others reach by `host`; undefined if no address of this machine has that name.
 */
export async function listenAddress(host: string): Promise<string | undefined> {
  if (isLoopback(host)) return host
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  const found = (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
  // A machine's own name may stand for an address that others cannot reach.
  if (found.some(isLoopback)) return '0.0.0.0'
  return found.find((address) => own.includes(address))
}

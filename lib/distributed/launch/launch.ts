import { randomBytes } from 'node:crypto'
import { listenAddress } from '../own-address.js'
import { StoreServer } from '../store/store-server.js'
import { tcpStore } from '../store/tcp-store.js'
import { Agent } from './agent.js'
import { Coordinator, type Rules } from './coordinator.js'
import type { End } from './rounds.js'
import { Watchdog } from './watchdog.js'
import type { PrintLine } from './workers.js'

/** What to start. */
export interface LaunchOptions extends Rules {
  /** A program of Node with its arguments. */
  readonly command: readonly string[]
  /** Ranks on this machine. */
  readonly processes: number
  /** The store's host and port, which all machines name; by default this machine alone takes part. */
  readonly endpoint: { readonly host: string; readonly port: number } | undefined
  readonly id: string
  readonly secret: string | undefined
  readonly signal: AbortSignal
  /** Seconds to wait for the store on another machine. */
  readonly timeout: number
  readonly print: PrintLine
  readonly note: (text: string) => void
}

/** How long other machines may take to hear of the end, in milliseconds. */
const lingerMs = 5000

/**
 * Starts ranks on this machine, and takes part in what other machines start at the same endpoint: the one that has its address hosts
 * the store and decides.
 * @throws MlpError ERR_GROUP_LOST when the host is not reached or gone; the signal's reason. No rank is left then.
 */
export async function launch(options: LaunchOptions): Promise<End> {
  const { endpoint, signal, timeout, note, print, command, processes, maxRestarts, id } = options
  const secret = options.secret ?? randomBytes(32).toString('hex')
  const { host, port } = endpoint ?? { host: '127.0.0.1', port: 0 }
  const server = await serve(host, port, secret)
  const watchdog = new Watchdog()
  const place = { host, port: server?.port ?? port }
  const failed = new AbortController()
  try {
    const store = await tcpStore({ ...place, secret, timeout, signal })
    try {
      const agent = new Agent(store, { command, processes, maxRestarts, id, secret, ...place }, watchdog, print)
      if (!server) return await agent.run(signal)
      const decided = new Coordinator(server.memory, options, note, AbortSignal.any([signal, failed.signal])).run()
      try {
        // At an abort the coordinator tells all machines, this one too.
        return await agent.run(failed.signal)
      } finally {
        failed.abort()
        await decided
      }
    } finally {
      await store.close()
    }
  } finally {
    watchdog.end()
    await server?.drained(lingerMs)
    await server?.close()
  }
}

/** The store, if this machine has the address and no other process of it was first. */
async function serve(host: string, port: number, secret: string): Promise<StoreServer | undefined> {
  const address = await listenAddress(host)
  if (address === undefined) return undefined
  try {
    return await StoreServer.listen({ host: address, port, secret })
  } catch (error) {
    const { code } = (error as Error).cause as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return undefined
    throw error
  }
}

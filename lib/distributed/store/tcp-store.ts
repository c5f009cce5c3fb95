import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TlsOptions } from 'node:tls'
import { checkInteger, checkNumber, checkOptions, checkString, optionKeys } from '../../base/check.js'
import { isLoopback } from '../own-address.js'
import { encode, type Incoming, operations } from './frames.js'
import { checkSecret } from './handshake.js'
import { introduce } from './introduce.js'
import { lost, missing, type Store } from './store.js'
import { StoreServer } from './store-server.js'

/** Options of node:tls. */
export type StoreTls = TlsOptions | ConnectionOptions

/** Options of `tcpStore`. */
export interface TcpStoreOptions {
  /** The name or address of the machine that hosts the store. */
  host: string
  /** With `serve` 0 takes a free one. */
  port: number
  /** Known to all ranks and to nobody else: 32 random bytes, in at least 16 characters. PERCEPTRA_SECRET by default. */
  secret?: string | undefined
  /** Whether this process hosts the store; false by default. It listens on `host`. */
  serve?: boolean | undefined
  /** Seconds to wait for the host; 300 by default. */
  timeout?: number | undefined
  /**
   * Options of node:tls for a connection by TLS: of the server where `serve` is true (key, cert, ca, requestCert), else of the
   * client (ca, key, cert, servername). Without it keys, and values other
   * than those of `join`, which encrypts its own, can be read and changed on the way.
   */
  tls?: StoreTls | undefined
  signal?: AbortSignal | undefined
}

const optionNames = optionKeys<TcpStoreOptions>({
  host: true,
  port: true,
  secret: true,
  serve: true,
  timeout: true,
  tls: true,
  signal: true,
})

/** Milliseconds between two tries to connect. */
const retryMs = 100

/** How long a host that closes its store waits for the others to leave. */
const lingerMs = 5000

/**
 * A store in the memory of one process, which the others reach by TCP. Each connection proves the secret before it can read or
 * write.
 * @throws ArgumentError for wrong options; MlpError ERR_GROUP_LOST when the host is not reached in time, has another secret or
 * speaks another protocol.
 */
export async function tcpStore(options: TcpStoreOptions): Promise<Store & { readonly port: number }> {
  checkOptions(options, 'tcpStore()', optionNames)
  const { serve = false, tls, signal, timeout = 300 } = options
  const host = checkString(options.host, 'host')
  const port = checkInteger(options.port, 'port', { min: serve ? 0 : 1, max: 65535 })
  const secret = checkSecret(options.secret ?? process.env.PERCEPTRA_SECRET)
  checkNumber(timeout, 'timeout', { above: 0 })
  const server = serve
    ? await StoreServer.listen({ host, port, secret, tls: tls as TlsOptions | undefined })
    : undefined
  try {
    const place: Place = {
      host,
      port: server?.port ?? port,
      secret,
      tls: server && tls ? ownTls(tls) : (tls as ConnectionOptions | undefined),
    }
    const reached = await reach(place, timeout, signal)
    try {
      return new TcpStore(place, reached, server)
    } catch (error) {
      reached[0].destroy()
      throw error
    }
  } catch (error) {
    await server?.close()
    throw error
  }
}

/** Where to connect, and what to show there. */
interface Place {
  readonly host: string
  readonly port: number
  readonly secret: string
  readonly tls: ConnectionOptions | undefined
}

/** The host talks to itself: its certificate need not be checked, the secret is. */
function ownTls({ key, cert }: StoreTls): ConnectionOptions {
  return { rejectUnauthorized: false, ...(key !== undefined && { key }), ...(cert !== undefined && { cert }) }
}

/** Connects as soon as the host listens. */
async function reach(place: Place, timeout: number, signal: AbortSignal | undefined): Promise<[Socket, Incoming]> {
  const { host, port, secret, tls } = place
  const deadline = performance.now() + timeout * 1000
  for (;;) {
    signal?.throwIfAborted()
    const socket = tls ? connectTls({ host, port, ...tls }) : connect({ host, port })
    try {
      const leftMs = Math.max(deadline - performance.now(), 1)
      return [socket, await introduce(socket, tls !== undefined, secret, `${host}:${port}`, leftMs, signal)]
    } catch (error) {
      socket.destroy()
      const { code } = error as NodeJS.ErrnoException
      if (!canCome.includes(code ?? '')) throw error
      if (performance.now() + retryMs >= deadline) {
        throw lost(
          `The store at ${host}:${port} was not reached within ${timeout} s: ${(error as Error).message}.`,
          error,
        )
      }
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

/** Errors of a host that may not have started yet. */
const canCome = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
]

interface Pending {
  resolve: (value: Buffer) => void
  reject: (error: Error) => void
}

class TcpStore implements Store {
  readonly port: number
  readonly localAddress: string | undefined
  readonly #socket: Socket
  readonly #server: StoreServer | undefined
  readonly #name: string
  readonly #pending = new Map<number, Pending>()
  #next = 0
  #end: Error | undefined

  constructor({ host, port }: Place, [socket, incoming]: [Socket, Incoming], server: StoreServer | undefined) {
    this.port = port
    // By another name of its own a machine may talk to itself at an address that others cannot reach.
    const own = socket.localAddress
    this.localAddress = own !== undefined && isLoopback(own) && !isLoopback(host) ? undefined : own
    this.#name = `${host}:${port}`
    this.#socket = socket
    this.#server = server
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 10_000)
    const read = () => {
      for (let frame = incoming.frame(); frame; frame = incoming.frame()) {
        const { id, value } = frame
        const pending = this.#pending.get(id)
        this.#pending.delete(id)
        pending?.resolve(Buffer.from(value))
      }
    }
    socket.on('data', (chunk) => {
      incoming.add(chunk)
      try {
        read()
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail())
    read()
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await this.#ask(operations.set, key, value)
  }

  async get(key: string, timeout: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted()
    let timer: NodeJS.Timeout | undefined
    let abort = () => {}
    const ended = new Promise<never>((_, reject) => {
      // A timer of 2^31 ms or more would fire at once.
      timer = setTimeout(
        () => reject(missing(key, timeout, `the store at ${this.#name}`)),
        Math.min(timeout * 1000, 2 ** 31 - 1),
      )
      abort = () => reject(signal!.reason)
      signal?.addEventListener('abort', abort)
    })
    const asked = this.#send(operations.get, key, empty)
    try {
      return await Promise.race([asked.answer, ended])
    } finally {
      // An answer that comes later is for nobody.
      this.#pending.delete(asked.id)
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  async add(key: string, amount: number): Promise<number> {
    const value = Buffer.alloc(8)
    value.writeDoubleBE(amount, 0)
    return Number((await this.#ask(operations.add, key, value)).toString())
  }

  async deleteAll(prefix: string): Promise<void> {
    await this.#ask(operations.deleteAll, prefix, empty)
  }

  refused(): string | undefined {
    return this.#server?.refused
  }

  async close(): Promise<void> {
    this.#end ??= lost('The store is closed.')
    this.#socket.destroy()
    await this.#server?.drained(lingerMs)
    await this.#server?.close()
  }

  #ask(operation: number, key: string, value: Uint8Array): Promise<Buffer> {
    return this.#send(operation, key, value).answer
  }

  #send(operation: number, key: string, value: Uint8Array): { id: number; answer: Promise<Buffer> } {
    const id = this.#next++ >>> 0
    if (this.#end) return { id, answer: Promise.reject(this.#end) }
    const answer = new Promise<Buffer>((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    // Who waits no longer, after a timeout, is not told.
    answer.catch(() => {})
    this.#socket.write(encode(id, operation, key, value))
    return { id, answer }
  }

  #fail(cause?: Error): void {
    const why = cause ? `: ${cause.message}` : ''
    this.#end ??= lost(`The store at ${this.#name} ended the connection${why}.`, cause)
    for (const { reject } of this.#pending.values()) reject(this.#end)
    this.#pending.clear()
  }
}

const empty = Buffer.alloc(0)

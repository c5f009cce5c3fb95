import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { encode, type Frame, Incoming, operations } from './frames.js'
import { checkSecret, greeting, isProof, nonceBytes, proofBytes, proofOf } from './handshake.js'
import { Memory } from './memory.js'
import { lost } from './store.js'

const placeOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`

/** How long a stranger may take to prove the secret, and how many may be doing so. */
const [strangerMs, maxStrangers] = [10_000, 256]

/** Where a store listens, and who gets in. */
export interface ServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly secret: string
  readonly tls?: TlsOptions | undefined
}

/**
 * The store of a group, in the memory of this process. A connection must prove the secret first; one that does not, or that sends
 * anything but frames, is closed.
 */
export class StoreServer {
  readonly memory = new Memory()
  readonly #server: Server
  readonly #secret: string
  readonly #members = new Set<Socket>()
  /** Connections that proved nothing yet, by the other end's address; the oldest first. */
  readonly #strangers = new Map<string, Socket>()
  #refused = 0
  #firstRefused = ''

  private constructor({ secret, tls }: ServerOptions) {
    this.#secret = checkSecret(secret)
    const meet = (socket: Socket) => this.#meet(socket)
    this.#server = tls ? createTlsServer({ handshakeTimeout: strangerMs, ...tls }, meet) : createServer(meet)
    this.#server.on('connection', (socket: Socket) => this.#admit(socket))
    // A handshake of TLS that fails closes its own connection.
    this.#server.on('tlsClientError', () => {})
  }

  /** @throws MlpError ERR_GROUP_LOST where the port is taken or the address is not this machine's. */
  static async listen(options: ServerOptions): Promise<StoreServer> {
    const { host, port } = options
    const store = new StoreServer(options)
    const server = store.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE' ? ' Another program has this port: take another one.' : ''
        reject(lost(`Could not open the store at ${host}:${port}: ${error.message}.${taken}`, error))
      })
      server.listen({ host, port }, resolve)
    })
    // Such as too many open files: those who wait connect again.
    server.on('error', () => {})
    return store
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The number of connections that proved the secret. */
  get connections(): number {
    return this.#members.size
  }

  /** Says who did not prove the secret; undefined: nobody. */
  get refused(): string | undefined {
    if (this.#refused === 0) return undefined
    const who =
      this.#refused === 1
        ? `A process at ${this.#firstRefused} was refused: it does not have`
        : `${this.#refused} processes, the first at ${this.#firstRefused}, were refused: they do not have`
    return `${who} the secret. Give all ranks the same PERCEPTRA_SECRET.`
  }

  /** Waits until all who proved the secret have left: they may still read why a group failed. At most `ms`. */
  async drained(ms: number): Promise<void> {
    const deadline = performance.now() + ms
    while (this.#members.size > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of [...this.#members, ...this.#strangers.values()]) socket.destroy()
    await closed
  }

  /** Takes a connection, before its handshake of TLS if there is one. The oldest stranger makes room. */
  #admit(socket: Socket): void {
    const place = placeOf(socket)
    if (this.#strangers.size >= maxStrangers) {
      const [oldest] = this.#strangers
      this.#strangers.delete(oldest![0])
      oldest![1].destroy()
    }
    this.#strangers.set(place, socket)
    socket.on('close', () => {
      if (this.#strangers.get(place) === socket) this.#strangers.delete(place)
    })
  }

  #meet(socket: Socket): void {
    socket.on('error', () => {})
    // One that has ended has no address any more.
    const [place, address] = [placeOf(socket), `${socket.remoteAddress}`]
    const nonce = randomBytes(nonceBytes)
    const incoming = new Incoming()
    const timer = setTimeout(() => socket.destroy(), strangerMs)
    const read = (chunk: Buffer) => {
      incoming.add(chunk)
      const answer = incoming.take(nonceBytes + proofBytes)
      if (!answer) return
      socket.off('data', read)
      clearTimeout(timer)
      this.#strangers.delete(place)
      const client = answer.subarray(0, nonceBytes)
      if (!isProof(answer.subarray(nonceBytes), proofOf(this.#secret, 'client', nonce, client))) {
        this.#refuse(socket, address)
        return
      }
      socket.write(proofOf(this.#secret, 'server', nonce, client))
      this.#serve(socket, incoming)
    }
    socket.on('data', read)
    socket.on('close', () => clearTimeout(timer))
    socket.write(Buffer.concat([greeting, nonce]))
  }

  /** A stranger cannot end the group: the first one is warned of, once, and the others are counted. */
  #refuse(socket: Socket, address: string): void {
    this.#firstRefused ||= address
    this.#refused++
    if (this.#refused === 1) {
      const message = `${this.refused} The group still waits for its ranks.`
      process.emitWarning(message, { type: 'GroupWarning', code: 'PERCEPTRA_GROUP_REFUSED' })
    }
    socket.destroy()
  }

  #serve(socket: Socket, incoming: Incoming): void {
    this.#members.add(socket)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 10_000)
    const waits = new Set<() => void>()
    socket.on('close', () => {
      this.#members.delete(socket)
      for (const end of waits) end()
    })
    const read = () => {
      try {
        for (let frame = incoming.frame(); frame; frame = incoming.frame()) this.#answer(socket, frame, waits)
      } catch {
        socket.destroy()
      }
    }
    socket.on('data', (chunk) => {
      incoming.add(chunk)
      read()
    })
    read()
  }

  #answer(socket: Socket, { id, operation, key, value }: Frame, waits: Set<() => void>): void {
    const reply = (bytes: Uint8Array = Buffer.alloc(0)) => void socket.write(encode(id, operation, '', bytes))
    if (operation === operations.set) {
      this.memory.set(key, Buffer.from(value))
      reply()
    } else if (operation === operations.get) {
      const found = this.memory.get(key)
      if (found) reply(found)
      else this.#reply(key, reply, waits)
    } else if (operation === operations.add) {
      reply(Buffer.from(`${this.memory.add(key, value.readDoubleBE(0))}`))
    } else if (operation === operations.deleteAll) {
      this.memory.deleteAll(key)
      reply()
    } else {
      socket.destroy()
    }
  }

  /** Replies when the key has a value, unless the connection ends first. */
  #reply(key: string, reply: (value: Uint8Array) => void, waits: Set<() => void>): void {
    const end = this.memory.wait(key, (value) => {
      waits.delete(end)
      reply(value)
    })
    waits.add(end)
  }
}

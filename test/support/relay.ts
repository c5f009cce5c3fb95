import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A network between ranks: passes on what comes by a port to another one, late, not at all or changed. */
export class Relay {
  readonly #server: Server
  readonly #sockets: Socket[] = []
  readonly #delayMs: number
  #isCut = false

  private constructor(server: Server, delayMs: number) {
    this.#server = server
    this.#delayMs = delayMs
  }

  /**
   * @param target the port of 127.0.0.1 that is known when somebody connects.
   * @param delayMs of each way.
   */
  static async open(target: () => Promise<number>, delayMs = 0): Promise<Relay> {
    const server = createServer((socket) => {
      // Nothing is read until it can be passed on.
      socket.pause()
      target().then(
        (port) => relay.#join(socket, connect(port, '127.0.0.1')),
        () => socket.destroy(),
      )
    })
    const relay = new Relay(server, delayMs)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #join(a: Socket, b: Socket): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#sockets.push(from)
      // Timers of one duration fire in their order.
      const later = (act: () => void) => setTimeout(() => !this.#isCut && act(), this.#delayMs)
      from.on('data', (bytes) => later(() => to.write(bytes)))
      from.on('close', () => later(() => to.destroy()))
      from.on('error', () => {})
    }
    a.resume()
  }

  /** Passes on nothing any more, also no end of a connection. */
  cut(): void {
    this.#isCut = true
  }

  /** Sends bytes that nobody wrote to both sides, between those that somebody did. */
  garble(bytes: Uint8Array): void {
    for (const socket of this.#sockets) socket.write(bytes)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

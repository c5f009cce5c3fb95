import type { ServerResponse } from 'node:http'
import { Problem } from './problem.js'
import type { Client } from './time-limit.js'

export const hasLeft = () => new Problem(499, 'ERR_CANCELLED', 'The client left.')

/** The sender of a web-standard request, or of a call by gRPC. */
export class SignalClient implements Client {
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  get aborted(): boolean {
    return this.#signal.aborted
  }

  get reason(): unknown {
    return this.#signal.reason
  }

  onLeave(listener: () => void): () => void {
    this.#signal.addEventListener('abort', listener)
    return () => this.#signal.removeEventListener('abort', listener)
  }
}

/** The other end of a connection of `node:http`. It makes no AbortSignal: one takes microseconds, as a row does. */
export class ConnectionClient implements Client {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  get aborted(): boolean {
    return this.#response.destroyed
  }

  get reason(): unknown {
    return hasLeft()
  }

  onLeave(listener: () => void): () => void {
    this.#response.on('close', listener)
    return () => this.#response.off('close', listener)
  }
}

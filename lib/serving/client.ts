import type { ServerResponse } from 'node:http'
import { Problem } from './problem.js'

/** Who asked, and whether they have left. */
export interface Client {
  readonly aborted: boolean
  /** Why, once they have left. */
  readonly reason: unknown
  /** Calls `listener` when they leave, until the function that it returns is called. */
  onLeave(listener: () => void): () => void
}

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

/** The other end of a connection of `node:http`. It makes no AbortSignal, which costs as much as a prediction. */
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

import { MlpError } from '../base/errors.js'

/** Who asked, and whether they have left. */
export interface Client {
  readonly aborted: boolean
  /** Why, once they have left. */
  readonly reason: unknown
  /** Calls `listener` when they leave, until the function that it returns is called. */
  onLeave(listener: () => void): () => void
}

export function tooLate(ms: number): MlpError {
  return new MlpError(`The request took longer than timeoutMs allows, ${ms} ms.`, 'ERR_TIME_LIMIT')
}

/** A signal that aborts after a time, or when the client leaves; `end` frees its timer and forgets the client. */
export class TimeLimit {
  readonly signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  readonly #stop: (() => void) | undefined

  constructor(ms: number, client?: Client) {
    const controller = new AbortController()
    this.signal = controller.signal
    this.#timer = setTimeout(() => controller.abort(tooLate(ms)), ms)
    if (client?.aborted) controller.abort(client.reason)
    else this.#stop = client?.onLeave(() => controller.abort(client.reason))
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#stop?.()
  }
}

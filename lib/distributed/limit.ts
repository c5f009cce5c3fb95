import { lost } from './store/store.js'

/** Until when a join may take: a number of seconds, or until a signal is aborted. */
export class Limit {
  readonly #deadline: number
  /** In seconds, for messages. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined

  /** @param timeout in seconds. */
  constructor(timeout: number, signal: AbortSignal | undefined) {
    this.#deadline = performance.now() + timeout * 1000
    this.timeout = timeout
    this.signal = signal
  }

  /** What is left, in milliseconds: above 0, and what a timer can hold. */
  get leftMs(): number {
    return Math.min(Math.max(this.#deadline - performance.now(), 1), 2 ** 31 - 1)
  }

  /** Whether the time is over: a timer may be a millisecond ahead of the clock. */
  get isOver(): boolean {
    return performance.now() >= this.#deadline - 2
  }

  /**
   * Waits for work no longer than the limit; the work itself may go on.
   * @param what is waited for, for the message.
   * @throws MlpError ERR_GROUP_LOST after the time; the signal's reason.
   */
  async until<T>(work: Promise<T>, what: string): Promise<T> {
    const { signal } = this
    // Who waits no longer is not told of its failure.
    work.catch(() => {})
    signal?.throwIfAborted()
    let timer: NodeJS.Timeout | undefined
    let abort = () => {}
    const ended = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(lost(`${what} did not answer within ${this.timeout} s.`)), this.leftMs)
      abort = () => reject(signal!.reason)
      signal?.addEventListener('abort', abort)
    })
    try {
      return await Promise.race([work, ended])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }
}

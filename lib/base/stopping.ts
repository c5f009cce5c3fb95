import { checkNumber, checkSignal } from './check.js'

/** Whether all was done, or what cut it short. */
type Reason = 'done' | 'aborted' | 'timeLimit'

/** One signal for all that can end a run from outside. */
export class Stopping {
  /** Aborted as soon as the run is to end, or has failed. */
  readonly signal: AbortSignal
  /** Resolves when the run is to end from outside. */
  readonly whenStopped: Promise<void>
  reason: Reason = 'done'
  readonly #controller = new AbortController()
  #whenStopped = () => {}
  readonly #theirs: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #abort = () => this.#stop('aborted')

  /** @throws ArgumentError for what is no signal or no limit. */
  constructor({ signal, timeLimit = Infinity }: { signal?: AbortSignal | undefined; timeLimit?: number | undefined }) {
    this.#theirs = signal === undefined ? undefined : checkSignal(signal)
    if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
    this.signal = this.#controller.signal
    this.whenStopped = new Promise((resolve) => {
      this.#whenStopped = resolve
    })
    if (this.#theirs?.aborted) this.#stop('aborted')
    this.#theirs?.addEventListener('abort', this.#abort)
    // Longer timers fire at once.
    if (timeLimit * 1000 < 2 ** 31) this.#timer = setTimeout(() => this.#stop('timeLimit'), timeLimit * 1000)
  }

  get stopped(): boolean {
    return this.signal.aborted
  }

  /** Ends all that is under way since one of it failed, whose error is what counts. */
  fail(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Lets go of the signal and the timer. */
  end(): void {
    clearTimeout(this.#timer)
    this.#theirs?.removeEventListener('abort', this.#abort)
  }

  #stop(reason: Reason): void {
    if (this.stopped) return
    this.reason = reason
    this.#controller.abort(this.#theirs?.reason)
    this.#whenStopped()
  }
}

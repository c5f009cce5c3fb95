import { checkNumber, checkSignal } from './check.js'

/** Why a run ended. */
type Reason = 'done' | 'aborted' | 'timeLimit'

/** Joins the caller's signal and a time limit into one signal. */
export class Stopping {
  /** Aborted when the run must end: by the caller's signal, by the time limit or by `fail`. */
  readonly signal: AbortSignal
  /** Resolves when the caller's signal or the time limit ends the run. */
  readonly whenStopped: Promise<void>
  reason: Reason = 'done'
  readonly #controller = new AbortController()
  #whenStopped = () => {}
  readonly #callerSignal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #abort = () => this.#stop('aborted')

  /** @throws ArgumentError for a wrong signal or time limit. */
  constructor({ signal, timeLimit = Infinity }: { signal?: AbortSignal | undefined; timeLimit?: number | undefined }) {
    this.#callerSignal = signal === undefined ? undefined : checkSignal(signal)
    if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
    this.signal = this.#controller.signal
    this.whenStopped = new Promise((resolve) => {
      this.#whenStopped = resolve
    })
    if (this.#callerSignal?.aborted) this.#stop('aborted')
    this.#callerSignal?.addEventListener('abort', this.#abort)
    // A timer of 2^31 ms or more would fire at once.
    if (timeLimit * 1000 < 2 ** 31) this.#timer = setTimeout(() => this.#stop('timeLimit'), timeLimit * 1000)
  }

  get stopped(): boolean {
    return this.signal.aborted
  }

  /** Ends the run because one of its parts failed with `error`. */
  fail(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Releases the signal and the timer. */
  end(): void {
    clearTimeout(this.#timer)
    this.#callerSignal?.removeEventListener('abort', this.#abort)
  }

  #stop(reason: Reason): void {
    if (this.stopped) return
    this.reason = reason
    this.#controller.abort(this.#callerSignal?.reason)
    this.#whenStopped()
  }
}

import { exits } from './failure.js'

/**
 * Ctrl-C and SIGTERM of one command. The first one calls what `stop` was set to, or aborts `signal`; the second one ends the
 * process.
 */
export class Interrupt {
  readonly #controller = new AbortController()
  readonly #listener = () => this.#interrupt()
  #stop: (() => void) | undefined
  #count = 0

  constructor() {
    for (const name of signals) process.on(name, this.#listener)
  }

  /** Aborted by the first signal, unless work that can end early has begun. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isInterrupted(): boolean {
    return this.#count > 0
  }

  /** From now on the first signal calls this, in place of an abort. */
  onStop(stop: () => void): void {
    this.#stop = stop
  }

  end(): void {
    for (const name of signals) process.off(name, this.#listener)
  }

  #interrupt(): void {
    this.#count++
    if (this.#count > 1) process.exit(exits.interrupted)
    if (this.#stop) this.#stop()
    else this.#controller.abort(new DOMException('Interrupted.', 'AbortError'))
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

import { MlpError } from '../base/errors.js'

export function tooLate(ms: number): MlpError {
  return new MlpError(`The request took longer than timeoutMs allows, ${ms} ms.`, 'ERR_TIME_LIMIT')
}

/** A signal that aborts after a time, or with the caller's; `end` frees its timer. */
export class TimeLimit {
  readonly signal: AbortSignal
  readonly #timer: NodeJS.Timeout

  constructor(ms: number, caller?: AbortSignal) {
    const controller = new AbortController()
    this.signal = caller ? AbortSignal.any([controller.signal, caller]) : controller.signal
    this.#timer = setTimeout(() => controller.abort(tooLate(ms)), ms)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

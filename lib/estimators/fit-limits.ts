import { checkNumber, checkOptions, checkSignal, invalid } from '../base/check.js'
import type { Logs } from '../base/history.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { sliceMs } from '../network/inference.js'

/** What `fit` and `partialFit` of every estimator take. */
export interface EstimatorFitOptions {
  /** One number of at least 0 a row: how much the row counts. */
  sampleWeight?: SampleWeight | undefined
  /** Aborting it ends training within about 100 ms: fit resolves with what was learned; `stopReason` tells. */
  signal?: AbortSignal | undefined
  /** Seconds after which training ends in the same way. Infinity, the default, is no limit. */
  timeLimit?: number | undefined
  /**
   * Called, and awaited, after each epoch, counted from 0; what it throws ends training and rejects fit. The estimator
   * can predict meanwhile.
   */
  onEpochEnd?: ((epoch: number, logs: Logs) => unknown) | undefined
}

/** Why training ended: no progress by `tol`, all of `maxIter` epochs (`maxFun` evaluations) done, or it was cut short. */
export type EstimatorStopReason = 'converged' | 'maxIter' | 'maxFun' | 'aborted' | 'timeLimit'

/** What can end a run from outside. */
export class FitLimits {
  readonly onEpochEnd: ((epoch: number, logs: Logs) => unknown) | undefined
  readonly #signal: AbortSignal | undefined
  readonly #deadline: number

  /**
   * @param more option keys that are read elsewhere.
   * @throws ArgumentError for wrong options.
   */
  constructor(options: EstimatorFitOptions, what: string, more: readonly string[] = []) {
    checkOptions(options, what, ['sampleWeight', 'signal', 'timeLimit', 'onEpochEnd', ...more])
    const { signal, timeLimit = Infinity, onEpochEnd } = options
    this.#signal = signal === undefined ? undefined : checkSignal(signal)
    if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
    if (onEpochEnd !== undefined && typeof onEpochEnd !== 'function')
      throw invalid('onEpochEnd', 'a function', onEpochEnd)
    this.onEpochEnd = onEpochEnd
    this.#deadline = performance.now() + timeLimit * 1000
  }

  /** Whether training must end now, and why. */
  reached(): 'aborted' | 'timeLimit' | undefined {
    if (this.#signal?.aborted) return 'aborted'
    return performance.now() >= this.#deadline ? 'timeLimit' : undefined
  }

  /** Milliseconds that the next slice may take. */
  budget(): number {
    return Math.min(sliceMs, Math.max(1, this.#deadline - performance.now()))
  }

  /** Prints a line about an epoch if `verbose`, and calls onEpochEnd. */
  async endEpoch(epoch: number, logs: Logs, verbose: boolean | number): Promise<void> {
    if (Number(verbose) > 0) process.stdout.write(`${lineOf(epoch, logs)}\n`)
    await this.onEpochEnd?.(epoch, logs)
  }
}

function lineOf(epoch: number, { loss, valScore }: Logs): string {
  return `epoch ${epoch + 1}: loss ${loss.toPrecision(6)}${valScore === undefined ? '' : `, valScore ${valScore.toPrecision(6)}`}`
}

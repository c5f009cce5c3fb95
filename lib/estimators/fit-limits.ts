import { checkNumber, checkOptions, checkSignal, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs, StopReason } from '../base/history.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { sliceMs } from '../network/slice-ms.js'

/** What `fit` and `partialFit` of every estimator take. */
export interface EstimatorFitOptions {
  /** One number of at least 0 a row: how much the row counts. */
  sampleWeight?: SampleWeight | undefined
  /** Aborting it rejects with its reason, after about 100 ms. The estimator then has what it had learned before this call. */
  signal?: AbortSignal | undefined
  /**
   * Seconds after which training ends. The call then resolves with what was learned, and `stopReason` is `'timeLimit'`; but
   * an estimator that was fitted before keeps what it had learned if there was no whole epoch. Infinity by default: no limit.
   */
  timeLimit?: number | undefined
  /**
   * Called and awaited after each epoch, counted from 0. If it throws, training ends and fit rejects. The estimator can
   * predict while it runs.
   */
  onEpochEnd?: ((epoch: number, logs: Logs) => unknown) | undefined
}

const fitOptionKeys = optionKeys<EstimatorFitOptions>({
  sampleWeight: true,
  signal: true,
  timeLimit: true,
  onEpochEnd: true,
})

/**
 * Why training ended: no progress by `tol`, `maxIter` epochs or `maxFun` evaluations, or the time limit. Those of
 * NetworkClassifier and NetworkRegressor are the reasons of a History.
 */
export type EstimatorStopReason = Exclude<StopReason, 'aborted'> | 'maxIter' | 'maxFun'

/** The options of fit that end or watch a run: signal, time limit and onEpochEnd. */
export class FitLimits {
  readonly onEpochEnd: ((epoch: number, logs: Logs) => unknown) | undefined
  /** The signal that rejects the run. */
  readonly signal: AbortSignal | undefined
  readonly #deadline: number

  /**
   * @param call the method as messages name it.
   * @param keys the other options of that method.
   * @throws ArgumentError for wrong options.
   */
  constructor(options: EstimatorFitOptions, call: string, keys: readonly string[] = []) {
    if (options !== null && typeof options === 'object' && 'group' in options && !keys.includes('group')) {
      const able = 'Sequential, MLPClassifier, MLPRegressor, NetworkClassifier and NetworkRegressor take one, in fit'
      throw new ArgumentError(`Expected no group for ${call} of this estimator. ${able}.`)
    }
    checkOptions(options, call, [...fitOptionKeys, ...keys])
    const { signal, timeLimit = Infinity, onEpochEnd } = options
    this.signal = signal === undefined ? undefined : checkSignal(signal)
    if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
    if (onEpochEnd !== undefined && typeof onEpochEnd !== 'function')
      throw invalid('onEpochEnd', 'a function', onEpochEnd)
    this.onEpochEnd = onEpochEnd
    this.#deadline = performance.now() + timeLimit * 1000
  }

  /**
   * The reason to end training now; undefined to go on.
   * @throws the signal's reason when it is aborted.
   */
  reached(): 'timeLimit' | undefined {
    this.signal?.throwIfAborted()
    return performance.now() >= this.#deadline ? 'timeLimit' : undefined
  }

  /** The reason to end training now, also where that is an aborted signal. */
  due(): 'aborted' | 'timeLimit' | undefined {
    return this.signal?.aborted ? 'aborted' : this.reached()
  }

  /** Milliseconds that the next native slice may take. */
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

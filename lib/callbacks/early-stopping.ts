import { checkBoolean, checkInteger, checkNumber, checkOptions, optionKeys } from '../base/check.js'
import type { Logs } from '../base/history.js'
import type { Matrix } from '../base/matrix.js'
import { Monitor, type MonitorOptions, monitorKeys } from './monitor.js'
import { perRun } from './per-run.js'
import type { Callback, TrainingRun } from './types.js'

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** The number of epochs without improvement after which training ends; 0, the default, ends it at the first. */
  patience?: number | undefined
  /**
   * A value that an epoch must also beat to reset the patience. An improvement that does not beat it uses patience up.
   */
  baseline?: number | undefined
  /** Whether to restore the weights of the best epoch at the end, however training ends; true by default. */
  restoreBestWeights?: boolean | undefined
  /** The first epoch that counts; 0 by default. */
  startFromEpoch?: number | undefined
}

/**
 * Ends training when a value of the logs stops improving, and restores the weights of the best epoch: also when the
 * signal, the time limit, the last epoch or an error ends training. `history.bestEpoch` is the number of that epoch;
 * `history.stopReason` is `'earlyStopping'` when this callback ended the run. The optimizer's state stays that of the
 * last step.
 *
 * As Keras's EarlyStopping, which by default does not restore the weights. minDelta is 0 by default.
 * @throws ArgumentError for wrong options; fit throws it for a monitor that the logs do not have.
 * @example
 * const { train } = datasets.digits()
 * const stop = callbacks.earlyStopping({ monitor: 'valAccuracy', patience: 3 })
 * model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
 * const history = await model.fit(train.x, train.y, { epochs: 100, validationSplit: 0.2, callbacks: [stop] })
 * console.log(history.stopReason, history.bestEpoch)
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const keys = optionKeys<Omit<EarlyStoppingOptions, keyof MonitorOptions>>({
    patience: true,
    baseline: true,
    restoreBestWeights: true,
    startFromEpoch: true,
  })
  checkOptions(options, 'callbacks.earlyStopping()', [...monitorKeys, ...keys])
  const watched = { ...options }
  const settings = {
    patience: checkInteger(options.patience ?? 0, 'patience', { min: 0 }),
    baseline: options.baseline === undefined ? undefined : checkNumber(options.baseline, 'baseline'),
    restore: checkBoolean(options.restoreBestWeights ?? true, 'restoreBestWeights'),
    first: checkInteger(options.startFromEpoch ?? 0, 'startFromEpoch', { min: 0 }),
  }
  return perRun(() => new EarlyStopping(new Monitor(watched), settings))
}

interface Settings {
  patience: number
  baseline: number | undefined
  restore: boolean
  first: number
}

class EarlyStopping implements Callback {
  readonly #monitor: Monitor
  readonly #settings: Settings
  #run: TrainingRun | undefined
  #weights: Matrix[] | undefined
  /** Epochs since the last improvement. */
  #waited = 0

  constructor(monitor: Monitor, settings: Settings) {
    this.#monitor = monitor
    this.#settings = settings
  }

  onTrainBegin(run: TrainingRun): void {
    this.#monitor.begin(run)
    this.#run = run
    this.#weights = undefined
    this.#waited = 0
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const value = this.#monitor.read(logs)
    const { patience, baseline, first } = this.#settings
    if (epoch < first) return
    this.#waited++
    if (this.#monitor.improve(value)) {
      this.#keepBest(epoch)
      if (baseline === undefined || this.#monitor.isBetter(value, baseline)) this.#waited = 0
    } else if (this.#waited >= patience) {
      this.#run!.stop('earlyStopping')
    }
  }

  onTrainEnd(): void {
    if (this.#weights) this.#run!.model.setWeights(this.#weights)
    this.#weights = undefined
    this.#run = undefined
  }

  #keepBest(epoch: number): void {
    this.#run!.history.bestEpoch = epoch
    if (this.#settings.restore) this.#weights = this.#run!.weights()
  }
}

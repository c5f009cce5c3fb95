import { checkBoolean, checkInteger, checkNumber, checkOptions, optionKeys } from '../base/check.js'
import type { Logs } from '../base/history.js'
import type { Matrix } from '../base/matrix.js'
import { Monitor, type MonitorOptions, monitorKeys } from './monitor.js'
import type { Callback, TrainingRun } from './types.js'

/** What `earlyStopping` takes. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a better value after which training ends; 0, the default, ends it at the first. */
  patience?: number | undefined
  /**
   * A value that must be beaten too for the patience to start anew: an epoch that is better, but not than
   * this, uses it up.
   */
  baseline?: number | undefined
  /** Whether the model gets the weights of its best epoch at the end, however training ends; true by default. */
  restoreBestWeights?: boolean | undefined
  /** The first epoch that counts; 0 by default. */
  startFromEpoch?: number | undefined
}

/**
 * Ends training when a value of the logs no longer gets better, and gives the model the weights of its best epoch: also
 * when the signal, the time limit, the last epoch or an error ends it. `history.bestEpoch` names that epoch,
 * `history.stopReason` is `'earlyStopping'` when this ended the run. The optimizer's state stays that of the last step.
 *
 * Keras's EarlyStopping, which restores the weights only when asked to. minDelta is 0 by default.
 * @throws ArgumentError for wrong options; fit does for a monitor that the logs do not have.
 * @example
 * const { train } = datasets.digits()
 * const stop = callbacks.earlyStopping({ monitor: 'valAccuracy', patience: 3 })
 * model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
 * const history = await model.fit(train.x, train.y, { epochs: 100, validationSplit: 0.2, callbacks: [stop] })
 * console.log(history.stopReason, history.bestEpoch)
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const own = optionKeys<Omit<EarlyStoppingOptions, keyof MonitorOptions>>({
    patience: true,
    baseline: true,
    restoreBestWeights: true,
    startFromEpoch: true,
  })
  checkOptions(options, 'callbacks.earlyStopping()', [...monitorKeys, ...own])
  return new EarlyStopping(new Monitor(options), {
    patience: checkInteger(options.patience ?? 0, 'patience', { min: 0 }),
    baseline: options.baseline === undefined ? undefined : checkNumber(options.baseline, 'baseline'),
    restore: checkBoolean(options.restoreBestWeights ?? true, 'restoreBestWeights'),
    first: checkInteger(options.startFromEpoch ?? 0, 'startFromEpoch', { min: 0 }),
  })
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
  /** Epochs since the last better one. */
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
      this.#keep(epoch)
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

  #keep(epoch: number): void {
    this.#run!.history.bestEpoch = epoch
    if (this.#settings.restore) this.#weights = this.#run!.weights()
  }
}

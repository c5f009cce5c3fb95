import { checkInteger, checkNumber, checkOptions, optionKeys } from '../base/check.js'
import type { Logs } from '../base/history.js'
import { Monitor, type MonitorOptions, monitorKeys } from './monitor.js'
import { perRun } from './per-run.js'
import { checkPlainRate } from './plain-rate.js'
import type { Callback, TrainingRun } from './types.js'

/** Options of `reduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** The rate is multiplied by it; above 0 and below 1, 0.1 by default. */
  factor?: number | undefined
  /** The number of epochs without improvement after which the rate falls; 10 by default. */
  patience?: number | undefined
  /** The number of epochs after a reduction that do not count; 0 by default. */
  cooldown?: number | undefined
  /** The lower bound of the rate; 0 by default. */
  minRate?: number | undefined
}

/**
 * Lowers the learning rate when a value of the logs stops improving: rate = max(factor rate, minRate). The rate of the
 * model must be a number. minDelta is 0.0001 by default. As Keras's ReduceLROnPlateau; PyTorch's waits one epoch more.
 * @throws ArgumentError for wrong options; fit throws it for a monitor that the logs do not have, a rate that is a
 * schedule or a function, or lbfgs, which has no rate.
 * @example
 * const { train } = datasets.digits()
 * const reduce = callbacks.reduceLROnPlateau({ factor: 0.5, patience: 2, minRate: 1e-5 })
 * await model.fit(train.x, train.y, { epochs: 5, validationSplit: 0.2, callbacks: [reduce] })
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const keys = optionKeys<Omit<ReduceLROnPlateauOptions, keyof MonitorOptions>>({
    factor: true,
    patience: true,
    cooldown: true,
    minRate: true,
  })
  checkOptions(options, 'callbacks.reduceLROnPlateau()', [...monitorKeys, ...keys])
  const watched = { ...options }
  const settings = {
    factor: checkNumber(options.factor ?? 0.1, 'factor', { above: 0, below: 1 }),
    patience: checkInteger(options.patience ?? 10, 'patience', { min: 0 }),
    cooldown: checkInteger(options.cooldown ?? 0, 'cooldown', { min: 0 }),
    minRate: checkNumber(options.minRate ?? 0, 'minRate', { min: 0 }),
  }
  return perRun(() => new ReduceLROnPlateau(new Monitor(watched, 1e-4), settings))
}

interface Settings {
  factor: number
  patience: number
  cooldown: number
  minRate: number
}

class ReduceLROnPlateau implements Callback {
  readonly #monitor: Monitor
  readonly #settings: Settings
  #run: TrainingRun | undefined
  #waited = 0
  /** Remaining epochs of the cooldown. */
  #cooling = 0

  constructor(monitor: Monitor, settings: Settings) {
    this.#monitor = monitor
    this.#settings = settings
  }

  onTrainBegin(run: TrainingRun): void {
    checkPlainRate(run, 'reduceLROnPlateau')
    this.#monitor.begin(run)
    this.#run = run
    this.#waited = 0
    this.#cooling = 0
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    const value = this.#monitor.read(logs)
    const { patience, cooldown, factor, minRate } = this.#settings
    if (this.#cooling > 0) {
      this.#cooling--
      this.#waited = 0
    }
    if (this.#monitor.improve(value)) {
      this.#waited = 0
      return
    }
    if (this.#cooling > 0 || ++this.#waited < patience) return
    const { model } = this.#run!
    if (model.learningRate <= minRate) return
    model.learningRate = Math.max(factor * model.learningRate, minRate)
    this.#cooling = cooldown
    this.#waited = 0
  }
}
